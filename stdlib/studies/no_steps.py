"""Studies that take no step, told while a spec is checked: in plain numbers, without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.doubted import Doubt


def no_steps(study: Facts, made: Mapping[str, Any]) -> Doubt | None:
    """No step is asked for: nothing is optimised."""
    del made
    if study.fields.get("steps") != 0:
        return None
    return Doubt(
        "steps",
        "no step is taken: the result is the design that the study begins with",
        help="give it steps; to look at a design as it is drawn, leave the study out",
    )
