"""What `report` asks for: values of measures that add nothing to the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from metac.compiler.interfaces.values import Curve


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ReportValue:
    """The value of a measure, in internal units."""

    value: Array
    """A scalar, a tensor, or the curve's ordinate `[increment]`."""
    abscissa: Array | None
    """`[increment]`; None unless the measure is a curve."""
    status: Mapping[str, Any]
    """By name: how the paths of the loads went that it reads."""


def report_value(measure: Any, status: Mapping[str, Any]) -> ReportValue:
    """The value of an evaluated measure."""
    if isinstance(measure, Curve):
        return ReportValue(jnp.asarray(measure.ordinate, float), jnp.asarray(measure.abscissa, float), status)
    return ReportValue(jnp.asarray(measure, float), None, status)
