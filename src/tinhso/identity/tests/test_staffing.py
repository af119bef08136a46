"""Who sits in which post, as those see it who place officers."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from tinhso.identity import queries, services
from tinhso.identity.models import Post
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

SYSTEM = system("tests")


@pytest.fixture
def post(db: None) -> Post:
    from tinhso.territory import services as territory

    territory.load_facts(SYSTEM)
    services.load_agencies(SYSTEM)
    return Post.objects.get(agency=queries.agency_of_unit("13141").id, key="chair")


def account(username: str, name: str) -> UUID:
    return services.open_demo_account(SYSTEM, username, name)


def seats(post: Post) -> list[tuple[str, bool]]:
    staffed = queries.staff(SYSTEM, post.agency_id, queries.posts(post.agency_id))
    return [(seat.name, seat.standing) for one in staffed if one.post.id == post.id for seat in one.seats]


def test_those_who_sit_today_come_before_those_who_sat(post: Post) -> None:
    today = timezone.localdate()
    first, second = account("a", "Trần Thị Hoa"), account("b", "Lê Văn Đức")
    services.assign(SYSTEM, first, post.id, since=today - timedelta(days=9), until=today)
    assignment = services.assign(SYSTEM, second, post.id)
    assert seats(post) == [("Lê Văn Đức", True), ("Trần Thị Hoa", False)]
    found = queries.seat(SYSTEM, assignment)
    assert (found.username, found.since, found.until) == ("b", today, None)


def test_an_assignment_that_cannot_be_is_refused(post: Post) -> None:
    holder, other = account("a", "Trần Thị Hoa"), account("b", "Lê Văn Đức")
    services.assign(SYSTEM, holder, post.id)
    with pytest.raises(Conflict):
        services.assign(SYSTEM, other, post.id)
    with pytest.raises(Invalid) as refused:
        services.assign(SYSTEM, other, post.id, since=date(2026, 5, 1), until=date(2026, 5, 1))
    assert list(refused.value.errors) == ["until"]
    for who, where in ((uuid4(), post.id), (other, uuid4())):
        with pytest.raises(NotFound):
            services.assign(SYSTEM, who, where)


def test_officers_are_found_without_diacritics(post: Post) -> None:
    account("hoa.13141", "Trần Thị Hoa")
    account("duc.13141", "Lê Văn Đức")
    assert [one.username for one in queries.find_officers(SYSTEM, "van duc")] == ["duc.13141"]
    assert [one.name for one in queries.find_officers(SYSTEM, "hoa.13")] == ["Trần Thị Hoa"]
    found = queries.officer_account(SYSTEM, " hoa.13141 ")
    assert found and found.name == "Trần Thị Hoa"
    assert queries.officer_account(SYSTEM, "nobody") is None


def test_an_agency_knows_whose_work_it_took_over(post: Post) -> None:
    before, after = queries.neighbours(post.agency_id)
    names = {ref.name for ref in queries.agencies(ids=before)}
    communes = {f"Ủy ban nhân dân xã {name}" for name in ("Vũ An", "Vũ Ninh", "Vũ Quí", "Vũ Trung")}
    assert names == {"Ủy ban nhân dân huyện Kiến Xương", *communes}
    assert after == set()


def test_only_who_places_officers_may_ask(post: Post) -> None:
    for ask in (
        lambda: queries.staff(Actor(account=uuid4()), post.agency_id, []),
        lambda: queries.seat(Actor(account=uuid4()), uuid4()),
        lambda: queries.find_officers(Actor(account=uuid4()), "a"),
        lambda: queries.officer_account(Actor(account=uuid4()), "a"),
    ):
        with pytest.raises(Forbidden):
            ask()
    with pytest.raises(NotFound):
        queries.seat(SYSTEM, uuid4())
