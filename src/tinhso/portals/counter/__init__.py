"""/quay/…: what stands in the hall of a one-stop centre: the kiosk, the call screen, and the ticket on a phone."""
