"""Rates at which networks of springs can be compressed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark
from metac.runtime.springs.time_steps import PERIOD, STEP, substeps_between

MOST_STEPS = 1_000_000_000
MOST_SNAPSHOTS = 100_000
NEARLY = 1e-9
"""By how much a number of snapshots may miss a whole one."""
INSIDE = 0.99
"""Numbers that messages advise lie within the limits, however they are rounded."""
SHORT = 0.05
"""Share of the strain that a last snapshot may miss without a word."""
MOST_IN_PERIOD = 0.01
"""Largest strain while the fastest mode swings once."""


def rate_of(load: Facts, made: Mapping[str, Any]) -> None:
    """As `check_rate` raises, while a spec is checked, where rate and mass are known."""
    del made
    rate, body = load.fields.get("rate"), load.fields.get("body")
    mass = body.fields.get("mass") if isinstance(body, Facts) else None
    if isinstance(rate, int | float) and isinstance(mass, int | float):
        check_rate(float(rate), float(mass))


def check_rate(rate: float, mass: float) -> None:
    """Raises `FieldError` M0561 on `rate` where bonds could not follow."""
    period = PERIOD * mass**0.5
    if rate * period > MOST_IN_PERIOD:
        raise FieldError(
            "rate",
            f"at this rate the box is strained by {100 * rate * period:.3g} % while the fastest mode of jammed "
            f"networks swings once ({period:.3g}): bonds could not follow",
            code="M0561",
            help=f"take {INSIDE * MOST_IN_PERIOD / period:.3g} at most, or a smaller mass",
        )


def snapshots_in(strain: float, edge: float, interval: float, field: str) -> int:
    """How often an edge changes by `interval` up to a strain.

    Raises `FieldError` M0561 on `field` for no snapshot, or too many.
    """
    count = math.floor(strain * edge / interval + NEARLY)
    if count < 1:
        least, most = f"{interval / edge:.3g}", f"{strain * edge:.3g}"
        raise FieldError(
            field,
            f"a strain of {strain:.3g} changes the edge of {edge:.4g} by less than {interval:.3g}",
            code="M0561",
            help=f"take {most} at most, or a larger strain" if field == "interval" else f"take {least} at least",
        )
    if count > MOST_SNAPSHOTS:
        message = f"these are {count:,} snapshots, more than {MOST_SNAPSHOTS:,}"
        raise FieldError(field, message, code="M0561", help="take more" if field == "interval" else "take less")
    return count


def falls_short(strain: float, edge: float, interval: float, count: int, field: str) -> list[Remark]:
    """A remark on `field` where the last of so many snapshots is well before the strain."""
    reached = count * interval / edge
    if reached >= (1 - SHORT) * strain:
        return []
    message = (
        f"snapshots are {interval / edge:.3g} of the edge apart: the last one is at a strain of {reached:.3g}, "
        f"and {strain:.3g} is asked for"
    )
    advice = f"take an interval of {SHORT * strain * edge:.2g} or less" if field == "interval" else f"take {reached:.4g}"
    return [Remark(field, message, advice)]


def substeps_for(asked: int | None, interval: float, strain_rate: float, mass: float) -> int:
    """Time steps from snapshot to snapshot: as asked for, or such as networks with K = 1/l need.

    Args:
        asked: the field `substeps`.
        interval: change of the edge from snapshot to snapshot.
        strain_rate: change of the edge over time.
        mass: of a node.

    Raises `FieldError` M0561 on `interval` where snapshots would be nearer to each other than such time steps.
    """
    if asked is not None:
        return int(asked)
    between, step = interval / strain_rate, STEP * math.sqrt(mass)
    if between < step:
        message = f"snapshots are {between:.3g} apart in time, and a time step is {step:.3g}: every step would be a snapshot"
        help = f"take {step * strain_rate / INSIDE:.3g} at least, a lower rate, or `substeps = 1` for steps as short as that"
        raise FieldError("interval", message, code="M0561", help=help)
    return substeps_between(between, mass)


def check_steps(snapshots: int, substeps: int) -> None:
    """Raises `FieldError` M0561 on `rate` where a trajectory would not come to its end."""
    if snapshots * substeps > MOST_STEPS:
        raise FieldError(
            "rate",
            f"at this rate the compression takes {snapshots:,} times {substeps:,} time steps, more than {MOST_STEPS:,}",
            code="M0561",
            help="take a higher rate or a smaller strain",
        )
