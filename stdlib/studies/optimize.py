"""A study that follows the gradient of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np

from metac.compiler.interfaces import Program, ProgressRecorder
from metac.runtime.errors import RuntimeFailure
from metac.runtime.fem.status import failure
from metac.runtime.optimise.campaign import Campaign, Snapshot
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.optimise.sample import Objective


@dataclass(frozen=True)
class Optimize:
    """Gradient descent over one generator's free parameters, with restarts, a stop rule and continuation over stages."""

    needs: ClassVar[str] = "gradient"

    vary: Any
    """The generator that varies, as the program knows it."""
    using: Any
    """An optimiser: `method()` gives a `metac.runtime.optimise.method.Method`."""
    steps: int = 500
    stop: Callable[[Any, Any], Any] | None = None
    restarts: int = 1

    def run(
        self,
        program: Program,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Snapshot | None = None,
        first_restart: int = 0,
    ) -> Outcome:
        """Pursue the goals.

        Args:
            program: what to optimise.
            key: random key; restart `n` draws its parameters with `fold_in(key, n)`.
            recorder: is told of every step.
            stages: the program's inputs of each stage of a continuation; None is one stage with the program's own.
            resume: a snapshot that the recorder was given, to go on from.
            first_restart: the number of the first descent: restarts that run in processes of their own count on from it.

        Raises:
            StepFailed: if no start can be simulated.
            DoesNotFit: if `resume` is a snapshot of something else.
        """
        name = program.name_of(self.vary)
        first = program.init(jax.random.fold_in(key, 0))
        fixed = {other: theta for other, theta in first.items() if other != name}
        objective = Objective(program.loss_and_evaluation, first_failure)
        campaign = Campaign(
            objectives=[objective.at(fixed, inputs) for inputs in stages or (program.inputs,)],
            start=lambda restart: {name: program.init(jax.random.fold_in(key, first_restart + restart))[name]},
            method=self.using.method(),
            steps=int(self.steps),
            stop=self.stop,
            restarts=int(self.restarts),
            describe=describe,
            watch=recorder.step,
        )
        standing = campaign.run(resume)
        best = standing.best
        theta = standing.seed if best is None else best.theta
        # The program is compiled already: asking it once more is cheaper than compiling the evaluation by itself.
        report = campaign.objectives[-1](theta).report
        return Outcome(
            theta={**fixed, **theta},
            loss=None if best is None else best.loss,
            steps=standing.steps,
            reason=standing.reason,
            failures=standing.failed,
            failure=standing.failure,
            report=report,
        )


def first_failure(evaluation: Any) -> RuntimeFailure | None:
    """The first failure that a load's status tells of, or None."""
    for name, status in evaluation.status.items():
        problem = failure(status, name)
        if problem is not None:
            problem.subject = name
            return problem
    return None


def describe(evaluation: Any) -> dict[str, Any]:
    """What the history keeps: each goal's value (a curve's or tensor's largest deviation) and its share of the loss."""
    if evaluation is None:
        return {}
    goals = {}
    for name, goal in evaluation.goals.items():
        single = np.ndim(goal.value) == 0
        goals[name] = {
            "value" if single else "deviation": float(goal.value if single else goal.deviation),
            "contribution": float(goal.contribution),
        }
    return {"goals": goals}
