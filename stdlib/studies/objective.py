"""The loss of a program as an objective of optimisers, each sample starting from its neighbour's equilibria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metac.compiler.interfaces import Program
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.sample import Objective


def objective_of(program: Program, judge: Callable[[Any], RuntimeFailure | None]) -> Objective:
    """Compiled once for samples from rest and from neighbours; `judge` reads an evaluation."""

    def loss_and_evaluation(theta: Any, inputs: Any, starts: Mapping[str, Any]) -> tuple[Any, Any]:
        return program.loss_and_evaluation(theta, inputs, starts=starts)

    return Objective(loss_and_evaluation, judge, rest=program.rest, following=lambda evaluation: evaluation.starts)
