"""Reading addresses in words, on one map or on whichever reads best.

The words are cut at commas and at the names of ranks ("xã", "TP."), each piece is looked up among the names of the map,
and every unit so named is tried as the answer: it is the better, the more of the other pieces are the units above it
and the fewer contradict it. All of it happens in memory, without a query.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from .atlas import Atlas, Map
from .contracts import ResolvedAddress, UnitRef
from .lexicon import (
    ABBREVIATIONS,
    FORMER_DISTRICTS,
    HAMLETS,
    NOISE,
    OTHER_PROVINCES,
    PAIRS,
    RANK_WORDS,
    RANKS,
    SINGLES,
    STREETS,
    TIERS,
    bare,
    key,
)
from .translation import pieces_of

FLOOR = 0.3
"""Below it a reading is no reading."""
CLEARLY = 1.03
LONGEST_TEXT = 1_000
"""Letters; what is longer is no address."""
_LONGEST = 4
_TOKEN = re.compile(r"[^\W_]+(?:[/'’-][^\W_]+)*\.?|[,;:\n|()\[\]]|(?<=\s)[-–—](?=\s)")
_SEPARATORS = frozenset(",;:\n|()[]-–—")
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit as the reader knows it: `spelling` is its name without the rank, `above` the codes over it."""

    unit: UnitRef
    spelling: str
    tier: int
    above: tuple[str, ...]


@dataclass(slots=True)
class Word:
    key: str
    start: int
    end: int
    dotted: bool


@dataclass(slots=True)
class Piece:
    """A run of words that may name a unit. `tier` and `kind` are those of the rank before it (0 and "" without);
    `fits` are the units of that name, each with how well it fits."""

    start: int
    end: int
    words: str
    tier: int = 0
    kind: str = ""
    local: bool = False
    fits: list[tuple[Entry, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """A unit with its score before doubt, the pieces that name it and the units above it, and whether none is amiss."""

    entry: Entry
    score: float
    used: tuple[Piece, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Stand:
    """A unit tried as the answer: whether any unit above it is named (anchored), and the nearest one (placed)."""

    entry: Entry
    anchored: bool
    placed: bool


class Reader:
    """Reads addresses on one map."""

    def __init__(self, of: Map) -> None:
        self.map = of
        self.names: dict[str, list[Entry]] = defaultdict(list)
        for unit in of.units.values():
            spelling = bare(unit.name, unit.kind)
            above = tuple(u.code for u in of.ancestors(unit.code))
            self.names[key(spelling)].append(Entry(unit, spelling, TIERS[unit.kind], above))
        self.names = dict(self.names)
        self.trigrams: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            for trigram in _trigrams(name):
                self.trigrams[trigram].append(name)
        self.former = {key(bare(unit.name, unit.kind)) for unit in of.earlier if TIERS[unit.kind] < 3}
        if of.earlier:
            self.former |= FORMER_DISTRICTS
        self.coming = {key(bare(unit.name, unit.kind)) for unit in of.later if TIERS[unit.kind] == 1}
        here = {name for name, found in self.names.items() if any(e.tier == 1 for e in found)}
        self.foreign = OTHER_PROVINCES - here - self.former

    def exactly(self, text: str, parts: list[list[Word]]) -> "Attempt":
        """Read `text` (NFC), cut into `parts`, with every name spelt right, marks and i for y aside."""
        pieces = [piece for part in parts for piece in self._part(text, part)]
        return Attempt(self, pieces, self._readings(pieces))

    def nearly(self, attempt: "Attempt") -> "Attempt":
        """Read again, with names that differ by a typing fault or two for what was not understood."""
        unknown = [piece for piece in attempt.pieces if not piece.fits and not piece.local]
        for piece in unknown:
            piece.fits = self._resembling(piece)
        if not any(piece.fits for piece in unknown):
            return attempt
        return Attempt(self, attempt.pieces, self._readings(attempt.pieces))

    # Cutting

    def _part(self, text: str, words: list[Word]) -> Iterator[Piece]:
        """The pieces of what stands between two commas."""
        whole = " ".join(word.key for word in words)
        if whole in NOISE:
            return
        if whole in self.names:
            yield self._piece(text, words)
            return
        begin = 0
        rank: tuple[int, int, str] | None = None  # how many words, tier, kind
        n = 0
        while n < len(words):
            found = self._rank(text, words, n)
            if found and rank and n == begin + rank[0] and self._begins_name(words, n):
                found = None  # "xã Phương Công": the name itself begins like a rank
            if found:
                yield from self._chunk(text, words[begin:n], rank)
                begin, rank = n, found
                n += found[0]
            else:
                n += 1
        yield from self._chunk(text, words[begin:], rank)

    def _rank(self, text: str, words: list[Word], n: int) -> tuple[int, int, str] | None:
        """The rank that words[n:] begin with and that a name follows."""
        word = words[n]
        if word.key not in RANK_WORDS:
            return None
        pair = f"{word.key} {words[n + 1].key}" if n + 1 < len(words) else ""
        if pair in PAIRS:
            found = (2, *PAIRS[pair])
        elif word.key in RANKS and text[word.start : word.end].lower() in RANKS[word.key][0]:
            found = (1, *RANKS[word.key][1])
        elif word.key in ABBREVIATIONS:
            found = (1, *ABBREVIATIONS[word.key])
        elif word.dotted and word.key in SINGLES:
            twice = word.key == "t" and n + 1 < len(words) and words[n + 1].key == "t" and words[n + 1].dotted
            found = (2, *ABBREVIATIONS["tt"]) if twice else (1, *SINGLES[word.key])
        else:
            return None
        if n + found[0] >= len(words):
            return None
        if n and self._ends_name(words, n) and not self._begins_name(words, n + found[0], found[2]):
            return None
        return found

    def _ends_name(self, words: list[Word], n: int) -> bool:
        """Whether words[n] may be the last word of a name ("Nguyên Xá")."""
        return any(" ".join(w.key for w in words[n - k : n + 1]) in self.names for k in (1, 2, 3) if n >= k)

    def _begins_name(self, words: list[Word], n: int, kind: str = "") -> bool:
        """Whether a unit (of just that kind) is named from words[n] on."""
        names = (" ".join(w.key for w in words[n : n + k]) for k in range(_LONGEST, 0, -1))
        return any(kind in ("", entry.unit.kind) for name in names for entry in self.names.get(name, ()))

    def _chunk(self, text: str, words: list[Word], rank: tuple[int, int, str] | None) -> Iterator[Piece]:
        """The pieces of a run of words of which only the first may be a rank."""
        if not words:
            return
        if rank:
            size, tier, kind = rank
            for end in range(min(len(words), size + _LONGEST), size, -1):
                piece = self._piece(text, words[:end], size, tier, kind)
                if piece.fits:
                    yield piece
                    yield from self._chunk(text, words[end:], None)
                    return
            yield self._piece(text, words, size, tier, kind)
            return
        whole = self._piece(text, words)
        if len(words) > 1 and words[0].key in SINGLES and not whole.fits:
            whole = self._piece(text, words, 1, *SINGLES[words[0].key])
            if not whole.fits:
                whole = self._piece(text, words)
        starts = [" ".join(word.key for word in words[:size]) for size in (3, 2, 1)]
        whole.local = not whole.fits and (starts[2][0].isdigit() or not STREETS.isdisjoint(starts))
        hamlet = next((len(start.split()) for start in starts if start in HAMLETS), 0)
        if whole.fits or whole.local:
            yield whole
        elif hamlet:
            yield from self._hamlet(text, words, hamlet)
        else:
            yield from self._unranked(text, words)

    def _hamlet(self, text: str, words: list[Word], size: int) -> Iterator[Piece]:
        """A hamlet, `size` words saying so, and after its name perhaps units ("thôn 3 Vũ Quý")."""
        left, peeled = self._peel(text, words, keep=size + 1)
        yield replace(self._piece(text, left), local=True, fits=[])
        if len(peeled) == 1:  # may as well be the hamlet's own name
            peeled[0].fits = [(entry, fit * 0.8) for entry, fit in peeled[0].fits]
        yield from peeled

    def _unranked(self, text: str, words: list[Word]) -> Iterator[Piece]:
        """Words without commas or ranks: names from the end, or else from the front."""
        left, peeled = self._peel(text, words, keep=0)
        if peeled:
            if left:
                yield self._piece(text, left)
            yield from peeled
            return
        for size in range(min(_LONGEST, len(words) - 1), 1, -1):
            piece = self._piece(text, words[:size])
            if piece.fits:
                yield piece
                yield from self._chunk(text, words[size:], None)
                return
        yield self._piece(text, words)

    def _peel(self, text: str, words: list[Word], keep: int) -> tuple[list[Word], list[Piece]]:
        """Names taken from the end, the longest first, while any fits; `keep` words stay at the front."""
        peeled: list[Piece] = []
        while len(words) > keep:
            for size in range(min(_LONGEST, len(words) - keep), 1, -1):
                piece = self._piece(text, words[-size:])
                if piece.fits:
                    peeled.insert(0, piece)
                    words = words[:-size]
                    break
            else:
                break
        return words, peeled

    def _piece(self, text: str, words: list[Word], size: int = 0, tier: int = 0, kind: str = "") -> Piece:
        """The piece of these words, `size` of them a rank, with the units that it may name."""
        name = " ".join(word.key for word in words[size:])
        piece = Piece(words[0].start, words[-1].end, name, tier, kind)
        for entry in self.names.get(name, ()):
            if tier in (0, entry.tier):
                written = text[words[size].start : words[-1].end]
                piece.fits.append((entry, _fit(entry, written) * _rank_fit(entry, kind)))
        return piece

    def _resembling(self, piece: Piece) -> list[tuple[Entry, float]]:
        """Units whose name differs by a typing fault or two: those that share trigrams, by edit distance."""
        name = piece.words.replace(" ", "")
        if len(name) < 5 or piece.words in self.foreign:
            return []
        allowed = max(1, len(name) // 4)
        trigrams = _trigrams(name)
        shared = Counter(found for trigram in trigrams for found in self.trigrams.get(trigram, ()))
        fits = []
        for found, common in shared.most_common(8):
            entries = [entry for entry in self.names[found] if piece.tier in (0, entry.tier)]
            other = found.replace(" ", "")
            # A fault spoils at most four trigrams: a swap does.
            if not entries or abs(len(other) - len(name)) > allowed or common < len(trigrams) - 4 * allowed:
                continue
            faults = _distance(name, other)
            if faults <= allowed:
                fit = 0.97 - faults / max(len(name), len(other))
                fits += [(entry, fit * _rank_fit(entry, piece.kind)) for entry in entries]
        return fits

    # Weighing

    def _readings(self, pieces: list[Piece]) -> list[Reading]:
        """Every unit named, with its score, the best first."""
        best: dict[str, Reading] = {}
        for n, piece in enumerate(pieces):
            for entry, fit in piece.fits:
                reading = self._weigh(pieces, n, entry, fit)
                known = best.get(entry.unit.code)
                if known is None or reading.score > known.score + _SLACK:
                    best[entry.unit.code] = reading
        return sorted(best.values(), key=lambda r: -r.score)

    def _weigh(self, pieces: list[Piece], n: int, entry: Entry, fit: float) -> Reading:
        """How well the whole address reads if piece n names `entry`."""
        used = {n}
        weakest, missing, before, after = 1.0, 1.0, 0, 0
        for rank, code in enumerate(entry.above):
            where, how = -1, 0.0
            for m, piece in enumerate(pieces):
                if m not in used:
                    for other, fits in piece.fits:
                        if other.unit.code == code and fits > how:
                            where, how = m, fits
            if where < 0:
                last = rank == len(entry.above) - 1
                missing *= 0.97 if last else 0.93
                continue
            used.add(where)
            weakest = min(weakest, how)
            before, after = before + (where < n), after + (where > n)
        backward = before > after
        score = fit * weakest * missing * (0.95 if before and after else 1.0)
        stand = _Stand(entry, anchored=before + after > 0, placed=missing > 0.95)
        doubts = 1.0
        for m, piece in enumerate(pieces):
            if m not in used:
                doubts *= self._doubt(piece, stand, above_side=(m < n) if backward else (m > n))
        complete = fit >= 0.85 and weakest >= 0.85 and missing > 0.95 and doubts >= 0.9 and entry.tier == 3
        return Reading(entry, score * doubts, tuple(pieces[m] for m in sorted(used)), complete)

    def _doubt(self, piece: Piece, stand: _Stand, *, above_side: bool) -> float:
        """What a piece that the reading leaves over costs it. `above_side`: it stands where the units above stand."""
        tier = stand.entry.tier
        alike = any(other.tier == tier for other, _f in piece.fits) and not stand.anchored
        for costs, how in (
            (piece.local, 1.0),
            (piece.words in self.former and piece.tier < tier and above_side, 0.85),  # "huyện …" still said
            (piece.words in self.coming and stand.placed and above_side, 0.93),  # the new province said too soon
            (piece.words in self.foreign and (above_side or piece.tier), 0.15),
            (any(stand.entry.unit.code in other.above for other, _f in piece.fits), 0.5),  # a unit within is named
            (0 < piece.tier < tier, 0.4),  # "huyện …" of another name
            (piece.tier, 0.6),
            (piece.fits and all(other.tier == 1 for other, _f in piece.fits), 0.3),
            (alike, 0.85 if above_side else 0.75),  # of units side by side the first is meant
            (above_side, 0.75),
            (any(fit > 0.8 for _other, fit in piece.fits), 0.92),
        ):
            if costs:
                return how
        return 0.85


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one map's reader made of a text; `readings` the best first."""

    reader: Reader
    pieces: list[Piece]
    readings: list[Reading]

    @property
    def score(self) -> float:
        return self.readings[0].score if self.readings else 0.0

    @property
    def complete(self) -> bool:
        return bool(self.readings) and self.readings[0].complete

    def address(self, text: str) -> ResolvedAddress:
        """The best reading; rivals that read as well make it doubtful."""
        best = self.readings[0]
        rivals = [r for r in self.readings[1:] if r.score > best.score * 0.8]
        doubt = sum(r.score for r in rivals if r.score > best.score * 0.95)
        return ResolvedAddress(
            unit=best.entry.unit,
            rest=_rest(text, best.used, self.pieces),
            confidence=round(best.score * best.score / (best.score + doubt), 3),
            others=tuple(r.entry.unit for r in rivals[:8]),
        )


def resolve(atlas: Atlas, text: str, at: date | None, today: date | None) -> ResolvedAddress | None:
    """See `queries.resolve`."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST_TEXT:
        return None
    parts = _parts(text)
    attempts: list[Attempt] = []
    for of in [atlas.map(at)] if at else [of for of in reversed(atlas.maps) if of.units]:
        attempts.append(of.reader.exactly(text, parts))
        if attempts[-1].complete and attempts[-1].score * CLEARLY >= 1:
            break  # no older map can read clearly better
    best = _best(attempts)
    if best and not best.complete:
        best = _best([attempt.reader.nearly(attempt) for attempt in attempts])
    if best is None or best.score < FLOOR:
        return None
    address = best.address(text)
    return _carry(atlas, address, best.reader.map, today) if today else address


def _parts(text: str) -> list[list[Word]]:
    """The words of `text` between one comma, line or the like and the next."""
    parts: list[list[Word]] = [[]]
    for match in _TOKEN.finditer(key(text)):
        token, start = match[0], match.start()
        if token in _SEPARATORS:
            parts.append([])
        elif token[-1] == ".":
            parts[-1].append(Word(token[:-1], start, start + len(token) - 1, True))
        else:
            parts[-1].append(Word(token, start, start + len(token), False))
    return [part for part in parts if part]


def _best(attempts: list[Attempt]) -> Attempt | None:
    """The attempt that reads best; an older map must read clearly better than a newer one."""
    best: Attempt | None = None
    for attempt in attempts:
        if best is None or attempt.score > best.score * CLEARLY:
            best = attempt
    return best


def _carry(atlas: Atlas, address: ResolvedAddress, of: Map, today: date) -> ResolvedAddress:
    """The same address on the map of `today`; as it was where nothing succeeded the unit."""
    there = atlas.map(today)
    pieces = [p for p in pieces_of(atlas, address.unit.code, of.since, today) if not p.lost]
    if there is of or not pieces:
        return address
    pieces.sort(key=lambda piece: -piece.fraction)
    heirs = [there.units[piece.code] for piece in pieces]
    for other in address.others:
        heirs += [there.units[p.code] for p in pieces_of(atlas, other.code, of.since, today) if not p.lost]
    unit, *others = dict.fromkeys(heirs)
    return replace(
        address,
        unit=unit,
        others=tuple(others[:8]),
        confidence=round(address.confidence * pieces[0].fraction, 3),
        written=address.unit,
    )


def _fit(entry: Entry, written: str) -> float:
    """1 as spelt, a little less without any mark, less with other marks."""
    if written == entry.spelling:
        return 1.0
    if written.isascii():
        return 0.98
    return 1.0 if _marks(written) == _marks(entry.spelling) else 0.86


def _rank_fit(entry: Entry, kind: str) -> float:
    return 1.0 if kind in ("", entry.unit.kind) else 0.88


def _marks(name: str) -> list[list[str]]:
    """The letters and marks of each word in any order: "Thuỵ" is "Thụy", "Quí" is "Quý"."""
    plain = name.lower().replace("y", "i").replace("ý", "í").replace("ỳ", "ì").replace("ỷ", "ỉ")
    plain = plain.replace("ỹ", "ĩ").replace("ỵ", "ị")
    return [sorted(unicodedata.normalize("NFD", word)) for word in plain.split()]


def _trigrams(name: str) -> set[str]:
    padded = f"  {name.replace(' ', '')} "
    return {padded[n : n + 3] for n in range(len(padded) - 2)}


def _distance(one: str, other: str) -> int:
    """Letters to put in, leave out, change or swap with their neighbour (Damerau 1964, optimal string alignment)."""
    older: list[int] = []
    last = list(range(len(other) + 1))
    before = ""
    for i, a in enumerate(one, 1):
        row = [i]
        left = ""
        for j, b in enumerate(other):
            if a == b:
                cost = last[j]
            else:
                cost = last[j] if last[j] < last[j + 1] else last[j + 1]
                cost = 1 + (cost if cost < row[j] else row[j])
                if before == b and left == a and older[j - 1] + 1 < cost:
                    cost = older[j - 1] + 1
            row.append(cost)
            left = b
        older, last, before = last, row, a
    return last[-1]


def _rest(text: str, used: Sequence[Piece], pieces: Sequence[Piece]) -> str:
    """What the used pieces leave of the text, as it was written."""
    left = [piece for piece in pieces if piece not in used]
    runs: list[list[int]] = []
    for piece in sorted(left, key=lambda piece: piece.start):
        if (
            runs
            and not any(c in _SEPARATORS for c in text[runs[-1][1] : piece.start])
            and not any(runs[-1][1] <= u.start < piece.start for u in used)
        ):
            runs[-1][1] = piece.end
        else:
            runs.append([piece.start, piece.end])
    return ", ".join(text[start:end] for start, end in runs)
