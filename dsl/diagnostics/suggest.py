"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

MAXIMAL_LENGTH = 60
"""Longer words are nobody's misspelling; the distance is quadratic in their length."""
SHORT = 4
"""Letters; in shorter words one wrong letter says little."""
SHORT_FORM = 3
"""Letters of a word that may stand for a longer one that begins with it."""


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

    Another case counts as no mistake; otherwise up to a third of the letters may be wrong. Nothing is said where a short
    word is as near to one as to another: `p5` is not likely to mean `p1`. A word may also be the beginning of a longer one.
    """
    if not word or len(word) > MAXIMAL_LENGTH:
        return None
    candidates = list(candidates)
    bound = max(1, len(word) // 3)
    ranked: list[tuple[int, int, str]] = []
    for candidate in candidates:
        if candidate == word or abs(len(candidate) - len(word)) > bound:
            continue
        distance = edit_distance(word.casefold(), candidate.casefold())
        if distance <= bound and distance < max(len(word), len(candidate)):
            ranked.append((distance, abs(len(candidate) - len(word)), candidate))
    ranked.sort()
    if len(word) < SHORT and len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]:
        return None
    return ranked[0][2] if ranked else _lengthened(word, candidates)


def _lengthened(word: str, candidates: list[str]) -> str | None:
    """The only candidate that begins as the word, which is then taken for its short form: `net` for `network`."""
    longer = [candidate for candidate in candidates if candidate.casefold().startswith(word.casefold())]
    return longer[0] if len(longer) == 1 and len(word) >= SHORT_FORM and longer[0] != word else None


def suggest_file(name: str, files: Iterable[str]) -> str | None:
    """The file that was most likely meant; endings do not count, as by them all short names look alike."""
    by_stem = {PurePath(file).stem: file for file in files if file != name}
    stem = PurePath(name).stem
    meant = stem if stem in by_stem else suggest(stem, by_stem)
    return by_stem[meant] if meant else None
