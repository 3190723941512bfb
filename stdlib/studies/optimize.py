"""A study that follows the gradient of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np

from metac.compiler.interfaces import FieldError, Program, ProgressRecorder
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.campaign import Campaign
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.optimise.standing import Snapshot
from metac.stdlib.studies.objective import objective_of
from metac.stdlib.studies.remeshing import DEFAULT_BOUND, Ground, Remeshing, smallest_jacobian


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
    remesh: float | None = None
    agreement: float = 0.02

    def __post_init__(self) -> None:
        """`FieldError` M0536 on `remesh` where it is given and the generator's movements cannot be frozen."""
        if self.remesh and not hasattr(self.vary, "at_rest"):
            raise FieldError(
                "remesh",
                "bodies cannot be meshed anew: the generator that varies has no parameters at which nothing moves",
                code="M0536",
                help="leave `remesh` out, or give the generator's class a method `at_rest(theta)`",
            )

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
            FieldError: M0536 on `remesh` where it is given and bodies cannot be meshed anew.
        """
        name = program.name_of(self.vary)
        first = program.init(jax.random.fold_in(key, 0))
        fixed = {other: theta for other, theta in first.items() if other != name}
        objective = objective_of(program, first_failure)
        all_inputs = stages or (program.inputs,)
        renewal = self._renewal(Ground(program, fixed), name, all_inputs, recorder)
        campaign = Campaign(
            objectives=[objective.at(fixed, inputs) for inputs in all_inputs],
            start=lambda restart: {name: program.init(jax.random.fold_in(key, first_restart + restart))[name]},
            method=self.using.method(),
            steps=int(self.steps),
            stop=self.stop,
            restarts=int(self.restarts),
            describe=describe,
            watch=recorder.step,
            renewal=renewal,
        )
        standing = campaign.run(resume)
        # Where the last stage could not start, the result is what it should have started from.
        best = standing.best or standing.seed
        assert best is not None
        # The program is compiled already: asking it once more is cheaper than compiling the evaluation by itself.
        report = campaign.objective(len(all_inputs) - 1, best.frozen)(best.theta).report
        ground = Ground(program, fixed) if renewal is None else renewal.ground(best.frozen)
        return Outcome(
            theta={**ground.fixed, **best.theta},
            loss=None if standing.best is None else best.loss,
            steps=standing.steps,
            reason=standing.reason,
            failures=standing.failed,
            failure=standing.failure,
            report=report,
            program=ground.program,
            frozen=tuple(layer.theta for layer in best.frozen),
        )

    def _renewal(
        self, first: Ground, name: str, stages: Sequence[Mapping[str, Any]], recorder: ProgressRecorder
    ) -> Remeshing | None:
        """How bodies are meshed anew; None where they are not."""
        bound = DEFAULT_BOUND if self.remesh is None else float(self.remesh)
        if bound == 0 or not hasattr(self.vary, "at_rest"):
            return None
        obstacle = first.program.remeshing_obstacle(name)
        if obstacle is None:
            return Remeshing(first, name, stages, first_failure, bound, float(self.agreement), recorder.phase)
        if self.remesh is None:
            return None
        raise FieldError("remesh", f"bodies cannot be meshed anew: {obstacle}", code="M0536", help="leave `remesh` out")


def first_failure(evaluation: Any) -> RuntimeFailure | None:
    """The first failure that a load's status tells of, or None."""
    for name, status in evaluation.status.items():
        problem = status.failure(name)
        if problem is not None:
            problem.subject = name
            return problem
    return None


def describe(evaluation: Any) -> dict[str, Any]:
    """What the history keeps: each goal's value (a curve's or tensor's largest deviation) and its share of the loss, and the
    smallest Jacobian ratio of the loaded meshes."""
    if evaluation is None:
        return {}
    goals = {}
    for name, goal in evaluation.goals.items():
        single = np.ndim(goal.value) == 0
        goals[name] = {
            "value" if single else "deviation": float(goal.value if single else goal.deviation),
            "contribution": float(goal.contribution),
        }
    ratio = smallest_jacobian(evaluation)
    return {"goals": goals} if ratio is None else {"goals": goals, "jacobian": ratio}
