"""Parameters of the spec that a study varied: where they began, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metac.compiler.types.types import NumberType
from metac.compiler.types.units import internal_unit
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.report.table import quantity

if TYPE_CHECKING:
    from metac.api.study import StudyResult
    from metac.compiler.graph import Design as Graph

HEADINGS = ("varied", "start", "found", "range")
AT_BOUND = 1e-3
"""Share of its range by which a parameter may be off a bound and is still said to be there."""


def varied_values(graph: Graph, found: StudyResult) -> dict[str, dict[str, Any]]:
    """What `result.json` says under `varied`: by parameter, values in internal units, JSON values throughout."""
    import jax

    entries: dict[str, dict[str, Any]] = {}
    for name in (name for name in graph.nodes if name in graph.varied):
        generator, kind = found.program.generators[name], graph.parameters[name].type
        lower, upper = (float(generator.at(bound)) for bound in generator.bounds)
        value = float(generator.at(found.theta[name]))
        assert isinstance(kind, NumberType)
        entries[name] = {
            "unit": internal_unit(kind.dimension),
            "start": float(generator.at(generator.init(jax.random.key(0)))),
            "value": value,
            "range": [lower, upper],
            "at_bound": _bound_at(value, lower, upper),
        }
    return entries


def _bound_at(value: float, lower: float, upper: float) -> str | None:
    slack = AT_BOUND * (upper - lower)
    return "lower" if value <= lower + slack else "upper" if value >= upper - slack else None


def bound_warnings(graph: Graph, entries: Mapping[str, Mapping[str, Any]]) -> list[Diagnostic]:
    """M0626 for each parameter that a study left at a bound: goals may ask for values beyond it."""
    found = []
    for name, entry in entries.items():
        if entry["at_bound"] is not None:
            bound = entry["range"][entry["at_bound"] == "upper"]
            message = f"`{name}` ends at the {entry['at_bound']} bound of its range, {quantity(bound, entry['unit'])}"
            label = Label(graph.nodes[name].field_spans[entry["at_bound"]], "this bound")
            help = "a wider range may meet the goals better; if the bound is meant, nothing needs to be done"
            found.append(Diagnostic("M0626", message, (label,), help=help, severity="warning"))
    return found


def varied_rows(entries: Mapping[str, Mapping[str, Any]]) -> Sequence[tuple[str, ...]]:
    """Rows of the table at a run's end, in the order of `HEADINGS`."""
    return [
        (
            name,
            quantity(entry["start"], entry["unit"]),
            quantity(entry["value"], entry["unit"]),
            f"{entry['range'][0]:.4g} … {quantity(entry['range'][1], entry['unit'])}"
            + ("" if entry["at_bound"] is None else f", at its {entry['at_bound']} bound"),
        )
        for name, entry in entries.items()
    ]
