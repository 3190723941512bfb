"""What `report` asks for: values of measures that add nothing to the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from metac.compiler import graph
from metac.compiler.interfaces.status import LoadStatus
from metac.compiler.interfaces.values import Curve
from metac.compiler.lower.readings import read_within
from metac.compiler.operators.entry import Value


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ReportValue:
    """The value of a measure, in internal units."""

    value: Array
    """A scalar, a tensor, or the curve's ordinate `[increment]`."""
    abscissa: Array | None
    """`[increment]`; None unless the measure is a curve."""
    status: Mapping[str, LoadStatus]
    """By name: how the paths of the loads went that it reads."""
    read: Array
    """Whether every curve is read where its load has values."""


def report_value(
    report: graph.Report, evaluate: Callable[[graph.Expression], Value], status: Mapping[str, LoadStatus]
) -> ReportValue:
    """The value of a report's measure."""
    measure, read = evaluate(report.measure), read_within(report.measure, evaluate)
    if isinstance(measure, Curve):
        return ReportValue(jnp.asarray(measure.ordinate, float), jnp.asarray(measure.abscissa, float), status, read)
    return ReportValue(jnp.asarray(measure, float), None, status, read)
