"""The files of a spec: its own and all that it imports, each once however it is reached, under one name."""

from __future__ import annotations

import heapq
from itertools import count

from metac.compiler.elaborate.scope import FileScope
from metac.compiler.library.lookup import Library
from metac.dsl import ast


def linked(library: Library) -> FileScope:
    """The scope of a spec's own file, with those of the files that it imports below it; nothing is declared in them yet."""
    prefixes = _prefixes(library)
    made: dict[int, FileScope] = {}

    def scope(of: Library, by: ast.Import | None) -> FileScope:
        if id(of) not in made:
            file = made[id(of)] = FileScope(of, prefixes[id(of)], by)
            for statement, imported in of.imports:
                further = scope(imported, statement)
                if statement.alias is None:
                    file.bare.append((statement, further))
                else:
                    file.under_name[statement.alias.text] = (statement, further)
        return made[id(of)]

    return scope(library, None)


def _prefixes(library: Library) -> dict[int, str]:
    """By file, what stands before its names: the aliases of the shortest way to it, of several the first in the alphabet.

    So it depends neither on the order of imports nor on the other ways that lead to the file.
    """
    found: dict[int, str] = {}
    order = count()
    waiting: list[tuple[int, tuple[str, ...], int, Library]] = [(0, (), next(order), library)]
    while waiting:
        _, way, _, nearest = heapq.heappop(waiting)
        if id(nearest) in found:
            continue
        found[id(nearest)] = "".join(f"{alias}." for alias in way)
        for statement, imported in nearest.imports:
            further = way if statement.alias is None else (*way, statement.alias.text)
            heapq.heappush(waiting, (len(further), further, next(order), imported))
    return found
