"""Whether a process is sound (van der Aalst 1997): whatever is answered and whatever comes, no path waits for another
that was not taken, no element is reached twice at once, and from each state the end can be reached.

The tokens are played through, all ways: a gateway takes each of its flows, a timer goes off or does not. A marking is
a set of places: `>f` is a token on the flow f, `n` one that rests at the element n, `!b` an armed boundary event.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, combinations

from .faults import Fault, fault_at, waits
from .reading import Drawing, Flow, Node

MOST = 20_000
"""Markings that are looked at; a process with more is too tangled to be told right."""
MOST_WAYS = 8
"""Flows out of an inclusive gateway: each set of them is a way of its own."""

Marking = frozenset[str]


class _Twice(Exception):
    def __init__(self, element: str) -> None:
        super().__init__(element)
        self.element = element


def faults(drawing: Drawing) -> Iterator[Fault]:
    """What makes the process unsound, by element. The drawing passed the checks of its shape."""
    yield from _Game(drawing).play()


class _Game:
    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.out: dict[str, list[str]] = {}
        self.into: dict[str, list[str]] = {}
        self.target: dict[str, str] = {}
        for flow in [*drawing.flows, *_links(drawing)]:
            self.out.setdefault(flow.source, []).append(flow.id)
            self.into.setdefault(flow.target, []).append(flow.id)
            self.target[flow.id] = flow.target
        self.inner = {
            node.id: node.id if node.tag == "subProcess" else node.calls
            for node in drawing.nodes.values()
            if node.tag in {"subProcess", "callActivity"}
        }
        self.host = {scope: node for node, scope in self.inner.items()}
        self.within: dict[str, set[str]] = {scope: self._places(scope) for scope in drawing.scopes}

    def play(self) -> Iterator[Fault]:
        start = frozenset(self._enter(set(), self.drawing.root))
        after: dict[Marking, set[Marking]] = {}
        ahead = [start]
        told: set[str] = set()
        while ahead:
            marking = ahead.pop()
            if marking in after:
                continue
            if len(after) >= MOST:
                yield ["process"], f"has more than {MOST} states: divide it into processes of their own"
                return
            after[marking] = set()
            try:
                after[marking] = set(self._moves(marking))
            except _Twice as twice:
                if twice.element not in told:
                    told.add(twice.element)
                    node = self.drawing.nodes[twice.element]
                    yield fault_at(node, "may be reached by two paths at once: join them by a gateway first")
                return
            if not after[marking] and marking:
                element = self._stuck(marking)
                if element not in told:
                    told.add(element)
                    yield fault_at(
                        self.drawing.nodes[element], "may wait for ever: not every path that it joins is taken"
                    )
            ahead += after[marking]
        if not told:
            yield from self._endless(after)

    def _endless(self, after: dict[Marking, set[Marking]]) -> Iterator[Fault]:
        before: dict[Marking, list[Marking]] = {}
        for marking, following in after.items():
            for one in following:
                before.setdefault(one, []).append(marking)
        good = {frozenset[str]()} & after.keys()
        ahead = list(good)
        while ahead:
            for one in before.get(ahead.pop(), ()):
                if one not in good:
                    good.add(one)
                    ahead.append(one)
        for marking in after:
            if marking not in good:
                yield fault_at(
                    self.drawing.nodes[self._stuck(marking)], "may be in a state from which no end is reached"
                )
                return

    def _moves(self, marking: Marking) -> Iterator[Marking]:
        """Every marking that one step leads to. Where tokens can move by themselves, the first of them does: the order
        of what nobody waits for does not matter."""
        flowing = sorted(place for place in marking if place[0] == ">")
        for place in flowing:
            moved = list(self._arrive(marking, place[1:]))
            if moved:
                yield from moved
                return
        for place in marking:
            if place[0] not in ">!":
                yield from self._rest(marking, self.drawing.nodes[place])
            elif place[0] == "!":
                yield from self._fire(marking, self.drawing.nodes[place[1:]])

    def _arrive(self, marking: Marking, flow: str) -> Iterator[Marking]:
        """The token of a flow comes to its element."""
        node = self.drawing.nodes[self.target[flow]]
        rest = set(marking) - {f">{flow}"}
        if node.tag == "parallelGateway":
            wanted = {f">{one}" for one in self.into[node.id]}
            if wanted <= marking:
                yield self._leave(set(marking) - wanted, node, self.out.get(node.id, ()))
        elif node.tag == "inclusiveGateway":
            there = {f">{one}" for one in self.into[node.id]} & marking
            if not self._may_come(marking, node, there):
                out = self.out.get(node.id, [])[:MOST_WAYS]
                ways = chain.from_iterable(combinations(out, count) for count in range(1, len(out) + 1))
                for way in ways:
                    yield self._leave(set(marking) - there, node, way)
        elif node.tag == "exclusiveGateway":
            for one in self.out[node.id]:
                yield self._leave(set(rest), node, [one])
        elif node.tag == "endEvent":
            yield from self._end(rest, node)
        elif node.id in self.inner:
            yield frozenset(self._enter(self._put(rest, node), self.inner[node.id]))
        elif waits(node):
            yield frozenset(self._put(rest, node))
        else:
            yield from self._pass(rest, node)

    def _pass(self, rest: set[str], node: Node) -> Iterator[Marking]:
        """An element at which no token rests; one that escalates sets a boundary event off as well."""
        if node.event == "escalation":
            yield from self._thrown(rest, node, self.out.get(node.id, ()))
        else:
            yield self._leave(rest, node, self.out.get(node.id, ()))

    def _rest(self, marking: Marking, node: Node) -> Iterator[Marking]:
        """A token that rests goes on: the step is done, the event has come, the sub-process is over."""
        if node.id in self.inner and self.within[self.inner[node.id]] & marking:
            return
        left = self._take(set(marking), node)
        if node.tag == "eventBasedGateway":
            for flow in self.out[node.id]:
                event = self.drawing.nodes[self.target[flow]]
                yield self._leave(set(left), event, self.out.get(event.id, ()))
        else:
            yield self._leave(left, node, self.out.get(node.id, ()))

    def _fire(self, marking: Marking, event: Node) -> Iterator[Marking]:
        """An armed boundary event whose time or message comes by itself."""
        if event.event in {"timer", "message"}:
            yield self._strike(set(marking), event)

    def _strike(self, marking: set[str], event: Node) -> Marking:
        host = self.drawing.nodes[event.host]
        if event.interrupting:
            marking = self._take(marking, host)
        return self._leave(marking - {f"!{event.id}"}, event, self.out.get(event.id, ()))

    def _end(self, rest: set[str], node: Node) -> Iterator[Marking]:
        if node.event == "terminate":
            yield frozenset(rest - self.within[node.scope])
        elif node.event in {"error", "escalation"}:
            yield from self._thrown(rest, node, ())
        else:
            yield frozenset(rest)

    def _thrown(self, rest: set[str], node: Node, out: Iterable[str]) -> Iterator[Marking]:
        """The innermost boundary event that hears of it; where it is not armed any more, nobody does."""
        scope = node.scope
        while host := self.host.get(scope, ""):
            for event in self.drawing.boundary(host):
                if event.event == node.event and event.told in {"", node.told}:
                    going = set(self._leave(rest, node, out))
                    if f"!{event.id}" in going:
                        yield self._strike(going, event)
                    else:
                        yield frozenset(going)
                    return
            scope = self.drawing.nodes[host].scope
        yield self._leave(rest, node, out)

    def _enter(self, marking: set[str], scope: str) -> set[str]:
        start = next(node for node in self.drawing.inside(scope) if node.tag == "startEvent")
        return (
            self._put(marking, start) if waits(start) else set(self._leave(marking, start, self.out.get(start.id, ())))
        )

    def _put(self, marking: set[str], node: Node) -> set[str]:
        if node.id in marking:
            raise _Twice(node.id)
        return marking | {node.id} | {f"!{event.id}" for event in self.drawing.boundary(node.id)}

    def _take(self, marking: set[str], node: Node) -> set[str]:
        gone = {node.id} | {f"!{event.id}" for event in self.drawing.boundary(node.id)}
        return marking - gone - self.within.get(self.inner.get(node.id, ""), set())

    def _leave(self, marking: set[str], node: Node, flows: Iterable[str]) -> Marking:
        for flow in flows:
            if f">{flow}" in marking:
                raise _Twice(self.target[flow])
            marking = marking | {f">{flow}"}
        return frozenset(marking)

    def _may_come(self, marking: Marking, gateway: Node, there: set[str]) -> bool:
        """Whether a token elsewhere may still come to an empty flow of an inclusive gateway."""
        empty = {one for one in self.into[gateway.id] if f">{one}" not in there}
        seen: set[str] = set()
        ahead = list(empty)
        while ahead:
            flow = ahead.pop()
            if flow in seen:
                continue
            seen.add(flow)
            if f">{flow}" in marking and flow not in empty:
                return True
            source = next(n for n, flows in self.out.items() if flow in flows)
            if source in marking or f"!{source}" in marking:
                return True
            if source != gateway.id:
                ahead += self.into.get(source, [])
                node = self.drawing.nodes[source]
                if node.tag == "boundaryEvent":
                    ahead += self.into.get(node.host, [])
                    if node.host in marking and f"!{source}" in marking:
                        return True
        return False

    def _places(self, scope: str) -> set[str]:
        """Every place inside a scope and the scopes within."""
        found: set[str] = set()
        for node in self.drawing.inside(scope):
            found |= {node.id, f"!{node.id}", *(f">{flow}" for flow in self.out.get(node.id, ()))}
            if node.id in self.inner:
                found |= self._places(self.inner[node.id])
        return found

    def _stuck(self, marking: Marking) -> str:
        """The element to name for a marking: what a token waits before, or rests at."""
        for place in sorted(marking, key=lambda place: place[0] != ">"):
            if place[0] == ">":
                return self.target[place[1:]]
            if place[0] != "!":
                return place
        raise AssertionError("an armed event stands on an element")


def _links(drawing: Drawing) -> Iterator[Flow]:
    for node in drawing.nodes.values():
        if node.kind == "intermediateThrowEvent: link":
            target = next(
                n
                for n in drawing.inside(node.scope)
                if n.kind == "intermediateCatchEvent: link" and n.told == node.told
            )
            yield Flow(f"link {node.id}", node.id, target.id, "", "", node.file, node.line)
