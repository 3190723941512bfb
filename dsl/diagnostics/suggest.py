"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable

MAXIMAL_LENGTH = 60
"""Longer words are nobody's misspelling; the distance is quadratic in their length."""


def edit_distance(left: str, right: str) -> int:
    """The number of insertions, deletions, replacements and swaps of neighbours between two words.

    Optimal string alignment (the restricted Damerau–Levenshtein distance), as in Boytsov, *Indexing methods for approximate
    dictionary searching*, ACM JEA 16, 2011.
    """
    before_last: list[int] = []
    last = list(range(len(right) + 1))
    for row, here in enumerate(left, start=1):
        current = [row]
        for column, there in enumerate(right, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (here != there))
            if row > 1 and column > 1 and here == right[column - 2] and left[row - 2] == there:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the writer of `word` most likely meant, or None.

    Another case counts as no mistake; otherwise up to a third of the letters may be wrong.
    """
    if not word or len(word) > MAXIMAL_LENGTH:
        return None
    bound = max(1, len(word) // 3)
    ranked: list[tuple[int, int, str]] = []
    for candidate in candidates:
        if candidate == word or abs(len(candidate) - len(word)) > bound:
            continue
        distance = edit_distance(word.casefold(), candidate.casefold())
        if distance <= bound and distance < max(len(word), len(candidate)):
            ranked.append((distance, abs(len(candidate) - len(word)), candidate))
    return min(ranked)[2] if ranked else None
