"""What the one-stop counter is asked (README, "The counter")."""

from .day import days, report
from .drafts import counter_draft, counter_drafts
from .queue import (
    board,
    centre,
    centre_by_code,
    devices,
    followed,
    groups,
    kiosk,
    priorities,
    suggest,
    tickets,
    windows,
)
from .shelf import handouts, parcel, parcels, ready, shelf, shelf_elsewhere

__all__ = [
    "board",
    "centre",
    "centre_by_code",
    "counter_draft",
    "counter_drafts",
    "days",
    "devices",
    "followed",
    "groups",
    "handouts",
    "kiosk",
    "parcel",
    "parcels",
    "priorities",
    "ready",
    "report",
    "shelf",
    "shelf_elsewhere",
    "suggest",
    "tickets",
    "windows",
]
