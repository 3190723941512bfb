"""What somebody who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 60
"""Names longer than this are not compared: the cost grows with the square."""


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that is most like `name`, or None where none is like it."""
    best, best_distance = None, len(name) // 3 + 1 if len(name) > 2 else 1
    for candidate in sorted(set(candidates)):
        if candidate.casefold() == name.casefold() and candidate != name:
            return candidate
        if len(name) > _LONGEST or abs(len(candidate) - len(name)) > best_distance:
            continue
        distance = edit_distance(name.casefold(), candidate.casefold())
        if distance < best_distance or (distance == best_distance and best is None):
            best, best_distance = candidate, distance
    return best


def edit_distance(first: str, second: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn one text into the other."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first):
        previous, row = row, [i + 1]
        for j, b in enumerate(second):
            cost = min(previous[j] + (a != b), previous[j + 1] + 1, row[j] + 1)
            if i and j and a == second[j - 1] and first[i - 1] == b:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before = previous
    return row[-1]


def listing(names: Iterable[str], most: int = 12) -> str:
    """The names as they stand in a note: `` `a`, `b` and 3 more ``."""
    names = sorted(names)
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
