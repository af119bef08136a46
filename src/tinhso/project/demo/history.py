"""Two years of invented cases, and the births and deaths that they registered."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tinhso.cases.contracts import LoadedCase, LoadedRating
from tinhso.identity.contracts import AgencyRef, NewPerson
from tinhso.kernel import calendar
from tinhso.kernel.fields import demo_national_id
from tinhso.kernel.ids import uuid7_at
from tinhso.registers.contracts import NewRecord

from . import names
from .population import Family

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
YEARS = 2
BIRTH = "civil-status.birth-registration"
DEATH = "civil-status.death-registration"
EXTRACT = "civil-status.extract-copy"
HOSPITALS = ("Trạm y tế xã", "Bệnh viện đa khoa huyện", "Bệnh viện Phụ sản tỉnh")
RATED_SINCE = timedelta(days=90)
MOST_RATED = 12
THANKS = ("Nhanh và rõ ràng, xin cảm ơn.", "Cán bộ hướng dẫn tận tình.", "Làm ở nhà, không phải đi lại.")
COMPLAINTS = ("Chờ lâu hơn hẹn.", "Phải hỏi lại hai lần mới rõ.", "Trang báo lỗi, phải điền lại.")
ON_THE_DESKS = (
    (30.0, "verify", 20.0), (22.0, "approve", 10.0), (15.0, "receive", 15.0), (12.0, "verify", 9.0),
    (4.0, "verify", 2.7), (0.87, "receive", 0.87), (5.5, "approve", 1.8), (20.0, "supplement", 8.0),
    (6.5, "approve", 0.2), (6.0, "approve", 0.4), (5.0, "approve", 0.5), (4.5, "approve", 0.7), (3.5, "approve", 0.9),
    (2.5, "verify", 1.0), (1.5, "verify", 0.6), (0.4, "receive", 0.4), (0.3, "receive", 0.3), (0.1, "receive", 0.1),
)  # fmt: skip
"""Working hours since submission (of eight that are promised), the step that is open, and for how many hours it is: of
the first four the time has passed, of the next three nearly."""
STEPS = ("receive", "verify", "approve", "return")
STILL_OPEN = ("receive", "verify", "verify", "approve", "supplement")
REFUSAL = "Không thuộc thẩm quyền của xã"


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works on the cases of a commune: its committee then, the one that follows it, the posts by role."""

    agency: AgencyRef
    holder: AgencyRef | None
    officers: Mapping[str, tuple[UUID, str]]


class Teller:
    """`desks(unit, day)` gives the desk of an old commune on a day; `now` ends the story. On the desks of the communes
    `shown` (of the old map) lies a bit of everything."""

    def __init__(
        self, families: Sequence[Family], desks: Any, now: datetime, seed: int, shown: Collection[str] = ()
    ) -> None:
        self.families, self.desks, self.now, self.shown = families, desks, now, shown
        self.rng = Random(seed + 1)  # noqa: S311  a reproducible demonstration, not a secret
        self.begin = (now - timedelta(days=365 * YEARS)).astimezone(HANOI).date()
        self.numbers: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self.births: list[NewRecord] = []
        self.deaths: list[NewRecord] = []
        self.registered: dict[UUID, list[UUID]] = {}
        self.made = 0

    def cases(self, count: int) -> Iterator[LoadedCase]:
        """Births and deaths of the two years as the population has them, copies of extracts for the rest; by time."""
        told = [*self._births(), *self._deaths()]
        told += self._extracts(max(0, count - len(told)))
        told += self._waiting()
        return iter(sorted(told, key=lambda case: case.submitted_at))

    # --- the three kinds ---

    def _births(self) -> Iterator[LoadedCase]:
        for family in self.families:
            known = self.registered.setdefault(family.id, [])
            for child in family.children:
                if child.born_on is None or child.born_on.year < self.begin.year - 17:
                    continue
                record = self._uuid()
                submitted = self._office_hour(child.born_on + timedelta(days=self.rng.randint(3, 40)))
                if submitted.date() < self.begin:
                    self._birth_row(family, child, record, submitted.date(), None)
                    known.append(record)
                elif submitted < self.now:
                    case = self._case(BIRTH, family, submitted, self._mother(family), self._birth_form(family, child))
                    if case.reached == "returned":
                        self._birth_row(family, child, record, case.moments[2].astimezone(HANOI).date(), case.id)
                        known.append(record)
                    yield case

    def _deaths(self) -> Iterator[LoadedCase]:
        """An elder of the family who is not in the population any more."""
        days = (self.now.astimezone(HANOI).date() - self.begin).days
        for family in self.rng.sample(self.families, len(self.families) // 20):
            if family.couple is None:
                continue
            died = self.begin + timedelta(days=self.rng.randrange(days))
            submitted = self._office_hour(died + timedelta(days=self.rng.randint(1, 9)))
            if submitted >= self.now:
                continue
            husband = family.couple[0]
            born = date(self.rng.randint(1928, 1950), self.rng.randint(1, 12), self.rng.randint(1, 28))
            sex = self.rng.choice(("male", "female"))
            name = names.full_name(self.rng, sex, husband.name.split()[0])
            self.made += 1
            form = {
                "deceased_name": name,
                "personal_id": demo_national_id(900_000 + self.made, born, sex),
                "born_on": born.isoformat(),
                "sex": sex,
                "died_on": died.isoformat(),
                "death_place": "Tại nhà",
                "registrant": str(husband.id),
                "residence": {"unit": self._unit(family, submitted), "line": family.line},
            }
            case = self._case(DEATH, family, submitted, husband, form, subject=name)
            if case.reached == "returned":
                self._death_row(family, form, case)
            yield case

    def _extracts(self, count: int) -> Iterator[LoadedCase]:
        able = [family for family in self.families if family.couple and self.registered.get(family.id)]
        if not able:
            return
        # Work grows through the two years, and stops where now is.
        days = (self.now.astimezone(HANOI).date() - self.begin).days
        for _n in range(count):
            family = self.rng.choice(able)
            day = self.begin + timedelta(days=int(days * self.rng.random() ** 0.8))
            submitted = self._office_hour(day)
            if submitted >= self.now:
                submitted = self._office_hour(day - timedelta(days=7))
            couple = family.couple
            asker = self.rng.choice(couple) if couple else family.people[0]
            form = {
                "birth": str(self.rng.choice(self.registered[family.id])),
                "copies": self.rng.choice((1, 1, 2, 3)),
                "requester": str(asker.id),
            }
            yield self._case(EXTRACT, family, submitted, asker, form, subject=asker.name)

    def _waiting(self) -> Iterator[LoadedCase]:
        """What lies on the desks of those communes that are looked at first: late, at risk, new, ready to be signed."""
        for family, (hours, reached, open_for) in zip(self._with_births(self.shown), ON_THE_DESKS, strict=False):
            assert family.couple
            submitted = self._back(hours)
            asker = self.rng.choice(family.couple)
            form = {"birth": str(self.registered[family.id][0]), "copies": 1, "requester": str(asker.id)}
            steps = 2 if reached == "supplement" else STEPS.index(reached)
            moments = tuple(self._back(hours - (hours - open_for) * (n + 1) / steps) for n in range(steps))
            case = self._case(EXTRACT, family, submitted, asker, form, subject=asker.name)
            note = "Xin ghi rõ bản sao dùng vào việc gì" if reached == "supplement" else ""
            yield replace(case, reached=reached, moments=moments, note=note, online=True)

    def _with_births(self, units: Collection[str]) -> list[Family]:
        return [f for f in self.families if f.unit in units and f.couple and self.registered.get(f.id)]

    def _back(self, hours: float) -> datetime:
        """The moment, to the second, from which so many working hours have gone by."""
        early, late, wanted = self.now - timedelta(days=60), self.now, timedelta(hours=hours)
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) / 2
            if calendar.working_time_between(middle, self.now) < wanted:
                late = middle
            else:
                early = middle
        return early

    # --- how they were served ---

    def ratings(self, cases: Iterable[LoadedCase], questions: Sequence[str]) -> Iterator[LoadedRating]:
        """What some of the applicants of the last three months say, a dozen an agency at the most."""
        given: defaultdict[UUID, int] = defaultdict(int)
        for case in cases:
            agency = (case.holder or case.agency).id
            ended = case.moments[-1] if case.reached == "returned" else None
            if ended is None or case.id is None or ended < self.now - RATED_SINCE or given[agency] >= MOST_RATED:
                continue
            given[agency] += 1
            usual = self.rng.choice((4, 4, 5)) if self.rng.random() < 0.88 else 2
            marks = {name: max(1, min(5, usual + self.rng.choice((0, 0, 0, 1, -1)))) for name in questions}
            low = min(marks.values()) <= 2
            comment = self.rng.choice(COMPLAINTS if low else THANKS) if self.rng.random() < 0.4 else ""
            at = min(self.now, ended + timedelta(minutes=self.rng.randint(10, 900)))
            yield LoadedRating(case.id, at, marks, comment)

    # --- a case's life ---

    def _case(
        self,
        procedure: str,
        family: Family,
        submitted: datetime,
        person: NewPerson,
        form: Mapping[str, Any],
        *,
        subject: str = "",
    ) -> LoadedCase:
        desk: Desk = self.desks(family.unit, submitted.astimezone(HANOI).date())
        reached, moments = self._way(submitted)
        progress = (submitted.astimezone(HANOI).date() - self.begin).days / (365 * YEARS)
        self.made += 1
        return LoadedCase(
            procedure=procedure,
            submitted_at=submitted,
            person=person.id,
            applicant=person.name,
            agency=desk.agency,
            holder=desk.holder,
            officers=desk.officers,
            form=form,
            subject=subject or str(form.get("child_name", person.name)),
            reached=reached,
            moments=moments,
            online=self.rng.random() < 0.38 + 0.45 * progress,
            prefilled=[name for name in ("mother", "father", "residence", "requester", "registrant") if name in form],
            note=REFUSAL if reached == "refused" else "Tự rút hồ sơ" if reached == "withdrawn" else "",
            id=uuid7_at(submitted, self.rng.getrandbits(74)),
        )

    def _way(self, submitted: datetime) -> tuple[str, tuple[datetime, ...]]:
        """How far the case got, with the moments of its steps; what is not over by now is open."""
        rng = self.rng
        slow = rng.random() < 0.06
        hours = [rng.uniform(0.1, 0.5), rng.uniform(0.2, 1.4), rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.4)]
        if submitted.astimezone(HANOI).time() >= time(13, 30):  # what comes in the afternoon is due the same day
            hours = [spent / 2 for spent in hours]
        if slow:
            hours[1] += rng.uniform(6, 30)
        moments, at = [], submitted
        for spent in hours:
            at = calendar.add_working_hours(at, spent)
            moments.append(at)
        end = rng.random()
        if moments[-1] < self.now and rng.random() > 0.0035:
            if end < 0.02:
                return "refused", tuple(moments[:2])
            if end < 0.035:
                return "withdrawn", (moments[0], moments[1])
            return "returned", tuple(moments)
        passed = sum(moment < self.now for moment in moments)
        reached = STEPS[passed] if passed < len(STEPS) else rng.choice(STILL_OPEN)
        if reached == "supplement":
            return reached, tuple(moments[:2])
        return reached, tuple(moments[: STEPS.index(reached)])

    def _office_hour(self, day: date) -> datetime:
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        minute = self.rng.choice((self.rng.randint(450, 690), self.rng.randint(780, 1000)))
        return datetime.combine(day, time(minute // 60, minute % 60, self.rng.randint(0, 59)), HANOI).astimezone(UTC)

    # --- what forms and registers hold ---

    def _unit(self, family: Family, at: datetime) -> str:
        return self.desks(family.unit, at.astimezone(HANOI).date()).agency.unit

    @staticmethod
    def _mother(family: Family) -> NewPerson:
        return family.couple[1] if family.couple else family.people[0]

    def _birth_form(self, family: Family, child: NewPerson) -> dict[str, Any]:
        born = child.born_on or self.begin
        return {
            "child_name": child.name,
            "born_on": born.isoformat(),
            "sex": child.sex,
            "ethnicity": "kinh",
            "birth_place": self.rng.choice(HOSPITALS),
            "home_town": family.line,
            "mother": str(child.mother),
            "father": str(child.father),
            "residence": {
                "unit": self.desks(family.unit, born).agency.unit,
                "line": family.line,
            },
        }

    def _number(self, register: str, unit: str, day: date) -> str:
        self.numbers[register, unit, day.year] += 1
        return f"{self.numbers[register, unit, day.year]}/{day.year}"

    def _birth_row(self, family: Family, child: NewPerson, record: UUID, day: date, case: UUID | None) -> None:
        desk: Desk = self.desks(family.unit, day)
        couple = family.couple
        values: dict[str, Any] = {
            "number": self._number("births", desk.agency.unit, day),
            "registered_on": day,
            "child_name": child.name,
            "born_on": child.born_on,
            "sex": child.sex,
            "ethnicity": "kinh",
            "nationality": "VN",
            "birth_place": HOSPITALS[0],
            "home_town": family.line,
            "personal_id": child.national_id,
            "child": child.id,
            "mother": child.mother,
            "father": child.father,
        }
        if couple:
            values |= {"father_name": couple[0].name, "mother_name": couple[1].name}
        self.births.append(NewRecord(values, day, desk.agency.unit, day, case, record, demo=True))

    def _death_row(self, family: Family, form: Mapping[str, Any], case: LoadedCase) -> None:
        day = case.moments[2].astimezone(HANOI).date()
        unit = self.desks(family.unit, day).agency.unit
        values = {
            "number": self._number("deaths", unit, day),
            "registered_on": day,
            "deceased_name": form["deceased_name"],
            "personal_id": form["personal_id"],
            "born_on": date.fromisoformat(form["born_on"]),
            "sex": form["sex"],
            "ethnicity": "kinh",
            "nationality": "VN",
            "died_on": date.fromisoformat(form["died_on"]),
            "death_place": form["death_place"],
            "registrant": case.person,
            "registrant_name": case.applicant,
        }
        self.deaths.append(NewRecord(values, day, unit, day, case.id, self._uuid(), demo=True))

    def _uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)
