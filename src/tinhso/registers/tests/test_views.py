"""Views that officers save: theirs alone or their agency's, opened through every change of the definition."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tinhso.identity import queries as identity
from tinhso.identity.roles import permissions
from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound, SignInNeeded

from .. import queries, services
from ..contracts import LeftOut, ViewAsks
from ..models import SavedView
from .conftest import GARDENS, SYSTEM, rows, seated

REGISTER = "yard.gardens"
MANY = ViewAsks((("trees__ge", "10"), ("planted_on__ge", "today-30")), "hoa", "-trees", ("code", "trees"), "both")

pytestmark = pytest.mark.usefixtures("province")


@pytest.fixture
def keeper(apply: Any) -> Actor:
    apply(gardens=GARDENS)
    return replace(seated("13225", "civil-status"), name="Trần Thị Giữ Sổ")


def colleague() -> Actor:
    return seated("13225", "one-stop")


def names(actor: Actor) -> list[str]:
    return [ref.name for ref in queries.saved_views(actor, REGISTER)]


def test_a_view_is_kept_under_its_name_and_opens_as_it_was(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "  Vườn   lớn ", MANY)
    [ref] = queries.saved_views(keeper, REGISTER)
    assert (ref.id, ref.name, ref.mine, ref.shared) == (id, "Vườn lớn", True, False)
    found = queries.saved_view(keeper, REGISTER, id)
    assert found.asks == MANY and not found.left_out


def test_what_a_view_asks_is_what_the_list_finds(keeper: Actor) -> None:
    for code, trees in (("A", 5), ("B", 10), ("C", 20)):
        services.create(SYSTEM, REGISTER, {"code": code, "planted_on": date(2025, 8, 1), "trees": trees}, unit="13225")
    asks = ViewAsks((("trees__ge", "10"),), order="-trees")
    asks = queries.saved_view(keeper, REGISTER, services.save_view(keeper, REGISTER, "Lớn", asks)).asks
    found = queries.find(keeper, REGISTER, where=asks.where, order=asks.order)
    assert [record.values["code"] for record in found.records] == ["C", "B"]


def test_saving_the_same_again_is_the_same_view_and_another_of_that_name_is_refused(keeper: Actor) -> None:
    assert services.save_view(keeper, REGISTER, "Lớn", MANY) == services.save_view(keeper, REGISTER, "Lớn", MANY)
    with pytest.raises(Invalid) as refused:
        services.save_view(keeper, REGISTER, "Lớn", ViewAsks())
    assert set(refused.value.errors) == {"name"}
    services.save_view(colleague(), REGISTER, "Lớn", ViewAsks())  # another's names are their own


def test_a_private_view_is_there_for_nobody_else(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Riêng", MANY)
    for other in (colleague(), seated("12466", "civil-status"), seated("33", "leader", level="province")):
        assert names(other) == []
        with pytest.raises(NotFound):
            queries.saved_view(other, REGISTER, id)


def test_a_shared_view_is_opened_by_the_agency_and_changed_by_its_owner_alone(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Chung", MANY, shared=True)
    other = colleague()
    [ref] = queries.saved_views(other, REGISTER)
    assert (ref.mine, ref.by) == (False, "Trần Thị Giữ Sổ")
    assert queries.saved_view(other, REGISTER, id).asks.where == MANY.where
    for deed in (
        lambda: services.change_view(other, id, name="Của tôi"),
        lambda: services.change_view(other, id, asks=ViewAsks()),
        lambda: services.change_view(other, id, shared=False),
        lambda: services.drop_view(other, id),
    ):
        with pytest.raises(NotFound):
            deed()
    assert queries.saved_view(keeper, REGISTER, id).ref.name == "Chung"


def test_another_agency_neither_sees_nor_changes_nor_drops_a_shared_view(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Chung", MANY, shared=True)
    stranger = seated("12466", "civil-status")
    assert names(stranger) == []
    for deed in (
        lambda: queries.saved_view(stranger, REGISTER, id),
        lambda: services.change_view(stranger, id, shared=True),
        lambda: services.drop_view(stranger, id),
    ):
        with pytest.raises(NotFound):
            deed()
    assert names(keeper) == ["Chung"]


def test_taken_back_it_is_private_again_and_dropped_it_is_gone(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Chung", MANY, shared=True)
    services.change_view(keeper, id, name="Của tôi", shared=False)
    assert names(colleague()) == [] and names(keeper) == ["Của tôi"]
    services.drop_view(keeper, id)
    assert names(keeper) == []
    with pytest.raises(NotFound):
        services.drop_view(keeper, id)


def test_a_view_of_one_register_is_none_of_another(keeper: Actor, apply: Any) -> None:
    apply(gardens=GARDENS, orchards=GARDENS.replace("register: gardens", "register: orchards"))
    id = services.save_view(keeper, REGISTER, "Lớn", MANY)
    assert queries.saved_views(keeper, "yard.orchards") == []
    with pytest.raises(NotFound):
        queries.saved_view(keeper, "yard.orchards", id)


def test_who_took_over_the_agency_has_its_shared_views(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Từ trước", MANY, shared=True)
    other = seated("12466", "civil-status")
    mine, theirs = (identity.predecessor_agencies(one.agency or uuid4()) for one in (keeper, other))
    before = next(iter(mine - theirs))
    SavedView.objects.filter(id=id).update(agency=before, account=uuid4())
    assert names(keeper) == ["Từ trước"] and names(other) == []


def test_who_may_not_see_registers_keeps_no_view(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Chung", MANY, shared=True)
    citizen = Actor(account=uuid4(), person=uuid4(), assurance=2)
    powerless = replace(colleague(), permissions=permissions(()))
    for actor, problem in ((NOBODY, SignInNeeded), (citizen, Forbidden), (powerless, NotFound)):
        assert queries.saved_views(actor, REGISTER) == []
        with pytest.raises(problem):
            services.save_view(actor, REGISTER, "Lớn", MANY)
        with pytest.raises(problem):
            services.drop_view(actor, id)
        with pytest.raises(NotFound):
            queries.saved_view(actor, REGISTER, id)


@pytest.mark.parametrize(
    ("name", "asks", "where"),
    [
        ("", ViewAsks(), "name"),
        ("x" * 81, ViewAsks(), "name"),
        ("Lớn\u202e", ViewAsks(), "name"),
        ("Lớn", ViewAsks((("trees__ge", "nhiều"),)), "trees__ge"),
        ("Lớn", ViewAsks((("nothing", "1"),)), "nothing"),
        ("Lớn", ViewAsks((("trees__roughly", "1"),)), "trees__roughly"),
        ("Lớn", ViewAsks((("remark", "kín"),)), "remark"),
        ("Lớn", ViewAsks(order="nothing"), "order"),
        ("Lớn", ViewAsks(columns=("nothing",)), "columns"),
        ("Lớn", ViewAsks(columns=("remark",)), "columns"),
        ("Lớn", ViewAsks(columns=("code", "code")), "columns"),
        ("Lớn", ViewAsks(layout="poster"), "layout"),
        ("Lớn", ViewAsks((("trees__ge", "1"),) * 31), ""),
        ("Lớn", ViewAsks((("code", "x" * 501),)), ""),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_control(
    keeper: Actor, name: str, asks: ViewAsks, where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.save_view(keeper, REGISTER, name, asks)
    assert where in refused.value.errors and not SavedView.objects.exists()


def test_a_renamed_field_is_followed_and_a_dropped_one_is_named(keeper: Actor, apply: Any) -> None:
    asks = ViewAsks((("trees__ge", "10"), ("area__le", "5")), order="-trees", columns=("code", "trees", "area"))
    id = services.save_view(keeper, REGISTER, "Lớn", asks)
    renamed = GARDENS.replace(
        "name: trees, type: integer, label: {vi: Số cây", "name: plants, type: integer, label: {vi: Số gốc"
    )
    renamed = renamed.replace("list: [code, planted_on, trees]", "list: [code, planted_on, plants]")
    apply(gardens=renamed + "rename: {trees: plants}\n")
    found = queries.saved_view(keeper, REGISTER, id)
    assert found.asks.where == (("plants__ge", "10"), ("area__le", "5")) and not found.left_out
    assert (found.asks.order, found.asks.columns) == ("-plants", ("code", "plants", "area"))
    line = "  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}\n"
    apply(gardens=renamed.replace(line, "") + "drop: [area]\n")
    found = queries.saved_view(keeper, REGISTER, id)
    assert found.asks.where == (("plants__ge", "10"),) and found.asks.columns == ("code", "plants")
    assert found.left_out == (LeftOut("condition", "Diện tích", "gone"), LeftOut("column", "Diện tích", "gone"))


def test_a_new_field_of_an_old_name_is_not_what_the_view_asked(keeper: Actor, apply: Any) -> None:
    id = services.save_view(keeper, REGISTER, "Rộng", ViewAsks((("area__ge", "5"),), order="area"))
    line = "  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}\n"
    apply(gardens=GARDENS.replace(line, "") + "drop: [area]\n")
    apply(gardens=GARDENS.replace("vi: Diện tích", "vi: Mét bờ rào"))
    found = queries.saved_view(keeper, REGISTER, id)
    assert found.asks.where == () and found.asks.order == ""
    assert {(one.part, one.label, one.why) for one in found.left_out} == {
        ("condition", "Diện tích", "gone"), ("order", "Diện tích", "gone")
    }  # fmt: skip


def test_a_condition_that_no_longer_fits_its_field_is_left_out(keeper: Actor, apply: Any) -> None:
    id = services.save_view(keeper, REGISTER, "Có chữ", ViewAsks((("code__contains", "V-"), ("trees__ge", "3"))))
    apply(gardens=GARDENS.replace("name: code, type: text", "name: code, type: integer").replace(", max: 20", ""))
    found = queries.saved_view(keeper, REGISTER, id)
    assert found.asks.where == (("trees__ge", "3"),)
    assert found.left_out == (LeftOut("condition", "Mã vườn", "changed"),)


def test_a_shared_view_shows_nobody_what_their_post_may_not_read(keeper: Actor) -> None:
    """A name in a condition, or among the words searched for, is a personal field like any other."""
    asks = ViewAsks(
        (("keeper__contains", "Trần Thị Hòa"), ("trees__ge", "3")), "tran thi hoa", "keeper", ("code", "keeper")
    )
    id = services.save_view(keeper, REGISTER, "Một người", asks, shared=True)
    blind = replace(colleague(), roles=frozenset(), permissions=frozenset({"registers.see"}))
    found = queries.saved_view(blind, REGISTER, id)
    assert found.asks == ViewAsks((("trees__ge", "3"),), "", "", ("code",))
    assert {(one.part, one.why) for one in found.left_out} == {
        ("condition", "masked"), ("search", "masked"), ("order", "masked"), ("column", "masked")
    }  # fmt: skip
    assert "Hòa" not in repr(found) and "hoa" not in repr(found.asks)


def test_every_deed_leaves_its_row_of_the_audit_without_what_was_asked(keeper: Actor) -> None:
    id = services.save_view(keeper, REGISTER, "Bà Hòa", ViewAsks((("keeper", "Trần Thị Hòa"),)))
    services.change_view(keeper, id, shared=True)
    services.drop_view(keeper, id)
    found = rows("SELECT action, data::text FROM kernel_audit WHERE action LIKE 'register.view.%%' ORDER BY id")
    assert [action for action, _data in found] == ["register.view.save", "register.view.change", "register.view.drop"]
    assert "Hòa" not in str(found)


def test_an_officer_keeps_no_more_views_than_a_list_can_show(keeper: Actor, monkeypatch: Any) -> None:
    monkeypatch.setattr("tinhso.registers.services.views.MOST_VIEWS", 2)
    for n in range(2):
        services.save_view(keeper, REGISTER, f"Cách {n}", MANY)
    with pytest.raises(Invalid):
        services.save_view(keeper, REGISTER, "Cách nữa", MANY)
