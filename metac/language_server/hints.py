"""Values in internal units beside quantities that are written in others."""

from __future__ import annotations

from collections.abc import Iterator

from metac.compiler.types.units import UnknownUnit, internal_unit, parse_unit, show, to_internal
from metac.language_server.document import Document


def hints(document: Document, start: int, end: int) -> Iterator[tuple[int, str]]:
    """For each quantity between two offsets whose unit is not the internal one: the offset behind it, and `= 0.03 MPa`."""
    for token in document.tokens:
        if token.type != "QUANTITY" or token.span.end < start or token.span.start > end:
            continue
        value, unit, _ = token.value  # pyright: ignore[reportGeneralTypeIssues]
        try:
            known = parse_unit(unit)
        except UnknownUnit:
            continue
        if known.scale != 1 and internal_unit(known.dimension) != unit:
            yield token.span.end, f"= {show(to_internal(value, known), known.dimension)}"
