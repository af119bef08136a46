"""Addresses read per second on one core, beside a plain dict look-up of the same strings.

    python bench/territory_addresses.py [--quick]

Reads every unit of both maps in several spellings: in full, without diacritics, abbreviated, without commas, turned
round and with one letter wrong. The map is built from data/*.csv in memory; no database takes part.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")

import django

django.setup()

# ruff: noqa: E402  Django has to be set up before its parts are imported
from tinhso.kernel.text import fold
from tinhso.territory import addresses, facts
from tinhso.territory.atlas import Atlas
from tinhso.territory.contracts import UNKNOWN_SINCE, NewUnit, UnitRef

SECONDS, QUICK = 3.0, 0.3


def _units(found: list[NewUnit], old: bool) -> list[UnitRef]:
    since, until = (UNKNOWN_SINCE, facts.REFORM) if old else (facts.REFORM, None)
    return [UnitRef(u.code, u.name, u.kind, u.level, u.parent, since, until, u.lon, u.lat, u.area_km2) for u in found]


def _spellings(atlas: Atlas, dice: random.Random) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {
        "in full": [],
        "without diacritics": [],
        "abbreviated": [],
        "no commas": [],
        "turned round": [],
        "one letter wrong": [],
    }
    for of in atlas.maps:
        for unit in of.units.values():
            if not unit.is_commune:
                continue
            chain = [unit.name, *(above.name for above in of.ancestors(unit.code))]
            full = f"thôn {dice.randint(1, 9)}, {', '.join(chain)}"
            texts["in full"].append(full)
            texts["without diacritics"].append(fold(full))
            short = [name.replace("Xã ", "X.").replace("Phường ", "P. ").replace("Thị trấn ", "TT ") for name in chain]
            texts["abbreviated"].append(", ".join(short).replace("Huyện ", "H.").replace("Thành phố ", "TP. "))
            texts["no commas"].append(full.replace(",", ""))
            texts["turned round"].append(", ".join(reversed(full.split(", "))))
            n = dice.randrange(4, len(unit.name))
            texts["one letter wrong"].append(full.replace(unit.name, unit.name[:n] + "w" + unit.name[n + 1 :]))
    return texts


def _rate(read: Callable[[str], object], texts: list[str], seconds: float) -> float:
    begin, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - begin) < seconds / 6:
        for text in texts:
            read(text)
        done += len(texts)
    return done / spent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a tenth of the time")
    seconds = QUICK if arguments.parse_args().quick else SECONDS
    successions = [(facts.REFORM, share.old, share.new, share.share) for share in facts.successions()]
    units = _units(facts.units_before(), old=True) + _units(facts.units_after(), old=False)
    begin = time.perf_counter()
    atlas = Atlas(None, units, successions)
    for of in atlas.maps:
        _ = of.reader
    print(f"maps and name index built in {(time.perf_counter() - begin) * 1e3:.1f} ms")
    texts = _spellings(atlas, random.Random(34))
    old, today = atlas.maps[0].since, atlas.maps[-1].since
    total = [text for group in texts.values() for text in group]
    table = {text: text for text in total}
    plain = _rate(table.get, total, seconds)
    for name, group in texts.items():
        found = _rate(lambda text: addresses.resolve(atlas, text, None, today), group, seconds)
        print(f"{name:20} {found:>10,.0f} addresses/s")
    known = _rate(lambda text: addresses.resolve(atlas, text, old, None), total, seconds)
    whole = _rate(lambda text: addresses.resolve(atlas, text, None, today), total, seconds)
    print(f"{'all, old map':20} {known:>10,.0f} addresses/s")
    print(f"{'all, any map → today':20} {whole:>10,.0f} addresses/s")
    print(f"{'plain dict look-up':20} {plain:>10,.0f} strings/s")
    print(f"ratio to the plain look-up: 1 : {plain / whole:,.0f}")


if __name__ == "__main__":
    main()
