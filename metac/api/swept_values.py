"""What the sweeps of a spec go through: as texts, and as designs to be checked. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Sequence

from metac.api.design import Design
from metac.compiler.constant_values import value_or_none
from metac.compiler.graph import Continuation, Expression
from metac.compiler.types.types import NumberType
from metac.compiler.types.units import show


def value_texts(sweep: Continuation) -> list[str]:
    """Each value as it is written; in internal units where several are written as one, in a range or a list by rule."""
    written = [value.span.text for value in sweep.values]
    return [text if written.count(text) == 1 else _shown(value) for text, value in zip(written, sweep.values, strict=True)]


def in_step(sweeps: Sequence[Continuation]) -> list[list[Continuation]]:
    """The sweeps, those together whose values go in step."""
    found: dict[object, list[Continuation]] = {}
    for sweep in sweeps:
        found.setdefault(sweep.together or sweep.name, []).append(sweep)
    return list(found.values())


def _shown(value: Expression) -> str:
    number = value_or_none(value)
    if isinstance(number, int | float) and isinstance(value.type, NumberType):
        return show(number, value.type.dimension)
    return value.span.text


def with_other_objects(design: Design) -> list[tuple[str, Design]]:
    """The design with each other object that its sweeps go through, one at a time, with what is chosen.

    Numbers change what a design is worth, objects what it is: each is to be checked.

    Raises:
        DiagnosticError: where the spec is wrong.
    """
    return [
        (
            " ".join(f"{sweep.name}={value_texts(sweep)[place]}" for sweep in group),
            design.choose({sweep.name: place for sweep in group}),
        )
        for group in in_step(design.graph.sweeps)
        if any(sweep.of_objects for sweep in group)
        for place in range(1, len(group[0].values))
    ]
