"""Files into registers. `lanes.py`: which cells SQL may read by itself, and how."""
