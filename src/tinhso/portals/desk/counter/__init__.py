"""/desk/quay/…: the officers' side of the counter."""
