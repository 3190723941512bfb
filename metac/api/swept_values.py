"""What the sweeps of a spec go through: as texts, and as designs to be checked. Nothing heavy is imported here."""

from __future__ import annotations

from metac.api.design import Design
from metac.compiler.graph import Constant, Expression
from metac.compiler.types.types import NumberType
from metac.compiler.types.units import show


def value_text(value: Expression) -> str:
    """A value as it is written; of a range, whose values are not, in internal units."""
    if isinstance(value, Constant) and isinstance(value.type, NumberType) and ".." in value.span.text:
        assert isinstance(value.value, int | float)
        return show(value.value, value.type.dimension)
    return value.span.text


def with_other_objects(design: Design) -> list[tuple[str, Design]]:
    """The design with each other object that its sweeps go through, one at a time, with what is chosen.

    Numbers change what a design is worth, objects what it is: each is to be checked.

    Raises:
        DiagnosticError: where the spec is wrong.
    """
    return [
        (f"{sweep.name}={value_text(sweep.values[place])}", design.choose({sweep.name: place}))
        for sweep in design.graph.sweeps
        if sweep.of_objects
        for place in range(1, len(sweep.values))
    ]
