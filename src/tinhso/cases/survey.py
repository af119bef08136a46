"""The YAML of a rating: packs/<pack>/ratings/<name>.yaml, what is asked of applicants after the result."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from tinhso.kernel.errors import Invalid
from tinhso.kernel.packs import Compiled, in_force
from tinhso.kernel.packs.definitions import Name, Strict, Words

MARKS = range(1, 6)
MOST_WORDS = 2_000


class Question(Strict):
    name: Name
    label: Words


class RatingDefinition(Strict):
    """`low`: one mark of this or less calls the superior. `satisfied`: from this mean on the applicant counts as
    satisfied."""

    rating: Name
    name: Words
    source: Words
    questions: list[Question] = Field(min_length=1, max_length=10)
    low: int = Field(default=2, ge=1, le=4)
    satisfied: int = Field(default=4, ge=2, le=5)

    @model_validator(mode="after")
    def _once(self) -> "RatingDefinition":
        if len({question.name for question in self.questions}) < len(self.questions):
            raise ValueError("questions: two have one name")
        return self

    def read(self, answers: Mapping[str, Any]) -> dict[str, int]:
        """The marks by question. Raises Invalid for each that is missing or no mark."""
        found, errors = {}, {}
        for question in self.questions:
            given = str(answers.get(question.name, "")).strip()
            if given.isascii() and given.isdigit() and int(given) in MARKS:
                found[question.name] = int(given)
            else:
                errors[question.name] = [_("Xin chọn từ 1 đến 5")]
        if errors:
            raise Invalid(errors)
        return found

    @staticmethod
    def mean(marks: Mapping[str, int]) -> Decimal:
        return round(Decimal(sum(marks.values())) / len(marks), 2)


def survey() -> Compiled | None:
    """The rating in force, the first by name where packs bring several; None where none does."""
    return next(iter(in_force("rating")), None)
