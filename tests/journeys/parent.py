"""python tests/journeys/parent.py: the number of a citizen of the demonstration who is in the register of births."""

import django

django.setup()

# ruff: noqa: E402, T201  Django is set up before its models are imported; the answer is a line
from tinhso.identity import people
from tinhso.identity.models import Person
from tinhso.kernel.actor import system
from tinhso.registers.queries import find

HOME = "13141"
"""Xã Vũ Quý, whose officers serve the citizen."""


def main() -> None:
    for record in find(system("tests"), "civil-status.births", where={"unit": HOME}, limit=200).records:
        parent = record.values.get("mother") or record.values.get("father")
        if parent:
            (found,) = people.details([Person.objects.get(pk=getattr(parent, "id", parent))])
            if found.national_id and found.address_unit == HOME:
                print(found.national_id)
                return
    raise SystemExit("nobody is there")


if __name__ == "__main__":
    main()
