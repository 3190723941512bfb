"""The table at a run's end: goals, targets, what was reached, verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from metac.runtime.report.verdicts import Verdict

HEADINGS = ("goal", "target", "reached", "on a fresh mesh", "allowed", "verdict")
VISIBLE = 1e-3
"""Share of a value from which on its mesh error is shown."""
BOUNDED = ("require", "verify")
"""Senses of what lies between bounds."""
MET, MISSED, FAILED, OPEN = "met", "missed", "failed", "–"


def rows(found: Sequence[Verdict]) -> list[tuple[str, ...]]:
    """One row a verdict, in the order of `HEADINGS`."""
    return [
        (
            verdict.name,
            target(verdict),
            own(verdict),
            fresh(verdict),
            allowed(verdict),
            word(verdict) if verdict.reason is None else f"{word(verdict)}: {verdict.reason}",
        )
        for verdict in found
    ]


def word(verdict: Verdict) -> str:
    """The verdict that counts; none where nothing can be missed, as long as the values are known."""
    if not verdict.final:
        return MISSED
    return OPEN if verdict.met is None else MET


def target(verdict: Verdict) -> str:
    """What the target is: a value, "curve", "tensor", bounds, or a direction."""
    if verdict.sense in BOUNDED:
        return bounds(verdict)
    if verdict.target is None:
        return verdict.sense
    if not verdict.single:
        return "curve" if verdict.abscissa is not None else _tensor(verdict.target)
    return quantity(verdict.target, verdict.unit)


def _tensor(target: object) -> str:
    """`tensor`, with how many of its components are asked for where these are not all."""
    components = _components(target)
    asked = sum(each is not None for each in components)
    return "tensor" if asked == len(components) else f"tensor, {asked} of {len(components)}"


def _components(target: object) -> list[object]:
    return [each for part in target for each in _components(part)] if isinstance(target, list) else [target]


def own(verdict: Verdict) -> str:
    """What was reached on the run's mesh; of requirements with how far it is off on other meshes, if that can be seen."""
    text = reached(verdict, verdict.value, verdict.deviation)
    error = verdict.mesh_error
    if verdict.sense not in BOUNDED or not error or error < VISIBLE * abs(verdict.value):
        return text
    return f"{quantity(verdict.value, '')} ± {quantity(float(f'{error:.2g}'), verdict.unit)}"


def reached(verdict: Verdict, value: object, deviation: float | None) -> str:
    """What was reached: the value, or how far a curve or tensor is off at most."""
    if verdict.single:
        return quantity(value, verdict.unit) if value is not None else FAILED
    if deviation is None and not verdict.complete:
        return FAILED
    return f"off by {quantity(deviation, verdict.unit)}" if deviation is not None else "see result.json"


def fresh(verdict: Verdict) -> str:
    """The same on the fresh mesh, and with second-order elements where that was asked."""
    text = OPEN
    if verdict.checked:
        text = _elsewhere(verdict, verdict.fresh_value, verdict.fresh_deviation)
    if verdict.second_order_checked:
        text += f"; second order: {_elsewhere(verdict, verdict.second_order_value, verdict.second_order_deviation)}"
    return text


def _elsewhere(verdict: Verdict, value: object, deviation: float | None) -> str:
    return FAILED if value is None else reached(verdict, value, deviation)


def allowed(verdict: Verdict) -> str:
    """The tolerance, or what is taken for one."""
    if verdict.sense != "match":
        return OPEN
    if verdict.tolerance is None:
        return "loss below 0.01"
    return f"± {quantity(verdict.tolerance, verdict.unit)}"


def bounds(verdict: Verdict) -> str:
    """The bounds of a requirement: `0.49 … 0.51`, `≥ 0.2`."""
    if verdict.lower is not None and verdict.upper is not None:
        return f"{verdict.lower:.4g} … {quantity(verdict.upper, verdict.unit)}"
    if verdict.lower is not None:
        return f"≥ {quantity(verdict.lower, verdict.unit)}"
    return f"≤ {quantity(verdict.upper, verdict.unit)}"


def quantity(value: object, unit: str) -> str:
    """A number and its unit, to four digits."""
    if not isinstance(value, (int, float)):
        return OPEN
    # Zero has no sign: -0.0 + 0.0 is 0.0.
    return f"{value + 0.0:.4g} {unit}".rstrip()


def lines(headings: Sequence[str], content: Sequence[Sequence[str]]) -> list[str]:
    """A table as plain text: columns padded, a rule below the headings."""
    widths = [max(len(row[column]) for row in (headings, *content)) for column in range(len(headings))]
    padded = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (headings, *content)
    ]
    return [padded[0], "  ".join("─" * width for width in widths), *padded[1:]]
