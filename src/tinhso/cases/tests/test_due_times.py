"""Due times of cases against a table computed by hand (data/due_times.yaml)."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from tinhso.cases import clock
from tinhso.kernel.calendar import Deadline

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TABLE = YAML(typ="safe").load((Path(__file__).parent / "data" / "due_times.yaml").read_text(encoding="utf-8"))


def moment(text: Any) -> datetime:
    """A time of the table: Viet Nam's, or UTC where it ends in Z."""
    read = text if isinstance(text, datetime) else datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=HANOI)


@pytest.mark.django_db
@pytest.mark.parametrize(("received", "deadline", "answers", "pauses", "due", "why"), TABLE)
def test_due_times(received: Any, deadline: dict, answers: dict, pauses: list, due: Any, why: str) -> None:
    stood = [(moment(since), moment(until)) for since, until in pauses]
    found = clock.due(moment(received), Deadline.model_validate(deadline), answers, stood)
    assert found.astimezone(HANOI) == moment(due), why


def test_the_table_is_large_and_no_row_stands_twice() -> None:
    assert len(TABLE) >= 60
    assert len({str(row[:4]) for row in TABLE}) == len(TABLE)
