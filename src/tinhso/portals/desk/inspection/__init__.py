"""/desk/kiem-tra: an inspector's work on the spot, with or without a network."""
