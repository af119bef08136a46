"""The views that officers saved, and what of one its reader may have today."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.text import fold

from .. import filters, policy
from ..contracts import LeftOut, SavedViewRef, ViewAsks
from ..contracts import SavedView as Contract
from ..models import SavedView
from ..shape import followed, shape


def saved_views(actor: Actor, register: str) -> list[SavedViewRef]:
    """The actor's own views of a register and those that colleagues of the agency share, by name, the own first."""
    found = [_ref(actor, row) for row in _rows(actor, register).defer("asks")]
    return sorted(found, key=lambda ref: (not ref.mine, fold(ref.name)))


def saved_view(actor: Actor, register: str, id: UUID) -> Contract:
    """One of them. A part whose field is gone or no longer fits, or that asks what the reader may not read, is left out
    and named. Raises NotFound for a view of another agency, and for a colleague's that is not shared."""
    row = _rows(actor, register).filter(id=id).first()
    if row is None:
        raise NotFound()
    return _Reading(actor, row).view()


def _rows(actor: Actor, register: str) -> QuerySet[SavedView]:
    if not (actor.is_officer and actor.account and actor.may(policy.SEE)):
        return SavedView.objects.none()
    shared = Q(pk__in=())
    if actor.agency:
        shared = Q(shared=True, agency__in={actor.agency, *identity.predecessor_agencies(actor.agency)})
    return SavedView.objects.filter(Q(account=actor.account) | shared, register=register)


def _ref(actor: Actor, row: SavedView) -> SavedViewRef:
    return SavedViewRef(row.id, row.register, row.name, row.shared, row.account == actor.account, row.by)


class _Reading:
    """A view read by today's definition, for one reader."""

    def __init__(self, actor: Actor, row: SavedView) -> None:
        self.actor, self.row, self.asks = actor, row, row.asks
        self.then, self.now = shape(row.register, row.definition), shape(row.register)
        self.classes = policy.classes(actor, self.now)
        self.left: list[LeftOut] = []

    def view(self) -> Contract:
        asks = ViewAsks(
            tuple(self._where()), self._search(), self._order(), tuple(self._columns()), self.asks.get("layout", "")
        )
        return Contract(_ref(self.actor, self.row), asks, tuple(dict.fromkeys(self.left)))

    def _where(self) -> Iterator[tuple[str, str]]:
        for was, value in self.asks["where"]:
            name, operator = filters.named(self.then, was)
            key = was
            if name in self.then.fields:  # else a column that every record has
                today = self._today("condition", name)
                if today is None:
                    continue
                name, key = today, f"{today}__{operator}"
            try:
                filters.conditions(self.now, [(key, value)], "", self.classes)
            except Invalid:
                self._leave("condition", name, "changed")
            else:
                yield key, value

    def _search(self) -> str:
        """Words looked for may be somebody's name: who may not read all that is searched does not learn them."""
        text = self.asks.get("search", "")
        if not text or self.row.account == self.actor.account:
            return text
        if any(not filters.may_ask(self.now.fields[name], self.classes) for name in self.now.definition.search):
            self.left.append(LeftOut("search", _("chữ tìm trong sổ"), "masked"))
            return ""
        return text

    def _order(self) -> str:
        order = self.asks.get("order", "")
        was = order.removeprefix("-")
        if was not in self.then.fields:
            return order
        name = self._today("order", was)
        if name is None:
            return ""
        found = f"{'-' if order.startswith('-') else ''}{name}"
        try:
            filters.Order.read(self.now, found, self.classes)
        except Invalid:
            self._leave("order", name, "changed")
            return ""
        return found

    def _columns(self) -> Iterator[str]:
        for was in self.asks.get("columns", ()):
            if (name := self._today("column", was)) is not None:
                yield name

    def _today(self, part: str, was: str) -> str | None:
        """The name that a field has today; None, and left out, where it has none or is not for this reader."""
        name = followed(self.then, self.now, was)
        if name is None:
            self.left.append(LeftOut(part, self.then.fields[was].spec.words, "gone"))
        elif not filters.may_ask(self.now.fields[name], self.classes):
            self._leave(part, name, "masked")
            return None
        return name

    def _leave(self, part: str, name: str, why: str) -> None:
        words = self.now.fields[name].spec.words if name in self.now.fields else _("Xã, phường")
        self.left.append(LeftOut(part, words, why))
