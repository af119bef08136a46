"""A form of birth registration, filled in by somebody who is signed in already."""

from pathlib import Path

from .visitor import Visitor

START = "/thu-tuc/civil-status.birth-registration/nop"
OTHER_CITIZEN = "099191002180"
"""Somebody else than the mother of the main journey, so that neither finds the other's draft."""


def fill(citizen: Visitor, notification: Path) -> None:
    """A draft in which nothing is missing, at its check."""
    draft = citizen.page.url.rpartition("/nhap/")[2].partition("/")[0]
    citizen.open(f"/ho-so/nhap/{draft}/1")
    citizen.type("child_name", "Trần Bảo Châu")
    for part, value in (("day", "9"), ("month", "11"), ("year", "2026")):
        citizen.type(f"born_on.{part}", value)
    citizen.choose("sex", "male")
    citizen.press("Tiếp tục")
    citizen.choose("ethnicity", "kinh")
    citizen.type("birth_place", "Trạm y tế xã")
    citizen.type("home_town", "Hưng Yên")
    citizen.press("Tiếp tục")
    citizen.photograph(notification)
    citizen.press("Tiếp tục")
    citizen.page.wait_for_url("**/kiem-tra")


def draft_address(citizen: Visitor) -> str:
    return "/ho-so/nhap/" + citizen.page.url.rpartition("/nhap/")[2].partition("/")[0]
