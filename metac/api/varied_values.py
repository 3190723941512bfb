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
    from metac.compiler.graph import DesignGraph

HEADINGS = ("varied", "start", "found", "range")
FIT_HEADINGS = ("varied", "start", "found", "standard error", "by covariance", "by profile", "range")
AT_BOUND = 1e-3
"""Share of its range by which a parameter may be off a bound and is still said to be there."""


def varied_values(graph: DesignGraph, found: StudyResult) -> dict[str, dict[str, Any]]:
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
            **found.estimates.get(name, {}),
        }
    return entries


def _bound_at(value: float, lower: float, upper: float) -> str | None:
    slack = AT_BOUND * (upper - lower)
    return "lower" if value <= lower + slack else "upper" if value >= upper - slack else None


def varied_warnings(graph: DesignGraph, entries: Mapping[str, Mapping[str, Any]]) -> list[Diagnostic]:
    """M0626 for each parameter that a study left at a bound, M0627 for each that a fit could not determine."""
    found = []
    for name, entry in entries.items():
        if entry["at_bound"] is not None:
            bound = entry["range"][entry["at_bound"] == "upper"]
            message = f"`{name}` ends at the {entry['at_bound']} bound of its range, {quantity(bound, entry['unit'])}"
            label = Label(graph.nodes[name].field_spans[entry["at_bound"]], "this bound")
            help = "a wider range may meet the goals better; if the bound is meant, nothing needs to be done"
            found.append(Diagnostic("M0626", message, (label,), help=help, severity="warning"))
        elif "standard_error" in entry and entry["standard_error"] is None:
            message = (
                f"the data do not determine `{name}`: by itself or with others it may change, and the fit stays as good"
            )
            label = Label(graph.nodes[name].span, "no error is known")
            help = "fit fewer parameters, or match further measurements that depend on it"
            found.append(Diagnostic("M0627", message, (label,), help=help, severity="warning"))
    return found


def varied_table(entries: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of the table at a run's end; those of a fit give the errors of the parameters."""
    fitted = any("standard_error" in entry for entry in entries.values())
    rows = []
    for name, entry in entries.items():
        unit = entry["unit"]
        begun, value = (quantity(entry[key], unit) for key in ("start", "value"))
        bound = "" if entry["at_bound"] is None else f", at its {entry['at_bound']} bound"
        errors = (
            (
                quantity(entry["standard_error"], unit),
                _interval(entry["interval"], unit),
                _interval(entry["profile_interval"], unit),
            )
            if fitted
            else ()
        )
        rows.append((name, begun, value, *errors, _interval(entry["range"], unit) + bound))
    return FIT_HEADINGS if fitted else HEADINGS, rows


def _interval(ends: Sequence[float | None] | None, unit: str) -> str:
    """`0.61 … 0.65 MPa`; an end that is not known is left open."""
    if ends is None or all(end is None for end in ends):
        return quantity(None, "")
    low, high = ("" if end is None else f"{end:.4g}" for end in ends)
    return f"{low} … {high} {unit}".strip()
