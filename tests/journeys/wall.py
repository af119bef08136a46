"""The leaders' wall, open all the while: when did a figure move, and was it without a reload?"""

import re
import time

from .visitor import Visitor

SOON = 2.0
"""Seconds within which the wall has moved (the promise to the leaders)."""

REMEMBER = """() => {
  const wall = document.querySelector(".ts-wall");
  const read = () => Object.fromEntries([...wall.querySelectorAll(".ts-stat")].map(
    (stat) => [stat.querySelector(".label").textContent.trim(), stat.querySelector(".value").textContent.trim()]));
  window.wallMoves = [[Date.now(), read()]];
  const moved = () => window.wallMoves.push([Date.now(), read()]);
  new MutationObserver(moved).observe(wall, {subtree: true, childList: true});
}"""


class Wall:
    """A leader looks at /ioc and does nothing. `births` is the name of the figure that a birth moves."""

    def __init__(self, leader: Visitor, births: str) -> None:
        self.leader, self.births = leader, births
        leader.open("/ioc")
        leader.page.locator('.ts-connection[data-state="on"]').wait_for(state="attached")
        leader.page.evaluate(REMEMBER)

    def figure(self, label: str) -> int:
        """What the wall says now under this label."""
        shown = self.leader.page.evaluate("window.wallMoves.at(-1)[1]")[label]
        return int(re.match(r"[\d.,]+", shown)[0].replace(".", "").replace(",", ""))  # type: ignore[index]

    def moved(self, label: str, above: int, since: float, patience: float = 15.0) -> float:
        """Seconds from `since` (of the clock) until the figure stood above `above`. AssertionError where it did not."""
        until = time.monotonic() + patience
        while self.figure(label) <= above:
            assert time.monotonic() < until, f"{label}: still {above} after {patience} s"
            self.leader.page.wait_for_timeout(50)
        moves = self.leader.page.evaluate("window.wallMoves")
        assert moves, "the page was loaded anew"
        first = next(at for at, shown in moves if int(re.sub(r"\D", "", shown[label])) > above)
        return first / 1000 - since
