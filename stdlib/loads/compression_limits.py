"""Rates at which networks of springs can be compressed."""

from __future__ import annotations

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.springs.time_steps import PERIOD

MOST_STEPS = 1_000_000_000
MOST_IN_PERIOD = 0.01
"""Largest strain while the fastest mode swings once."""


def check_rate(rate: float, mass: float) -> None:
    """Raises `FieldError` M0561 on `rate` where bonds could not follow."""
    period = PERIOD * mass**0.5
    if rate * period > MOST_IN_PERIOD:
        raise FieldError(
            "rate",
            f"at this rate the box is strained by {100 * rate * period:.3g} % while the fastest mode of jammed "
            f"networks swings once ({period:.3g}): bonds could not follow",
            code="M0561",
            help=f"take {MOST_IN_PERIOD / period:.2g} at most, or a smaller mass",
        )


def check_steps(snapshots: int, substeps: int) -> None:
    """Raises `FieldError` M0561 on `rate` where a trajectory would not come to its end."""
    if snapshots * substeps > MOST_STEPS:
        raise FieldError(
            "rate",
            f"at this rate the compression takes {snapshots:,} times {substeps:,} time steps, more than {MOST_STEPS:,}",
            code="M0561",
            help="take a higher rate or a smaller strain",
        )
