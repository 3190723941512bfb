"""Remeshing within a study: programs on new meshes of the moved outlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.quick_compilation import quickly_compiled
from metac.compiler.interfaces.status import Meshwise
from metac.runtime.errors import InvertedElement, RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Objective, Tree
from metac.runtime.optimise.optimisation_state import Frozen, FrozenParameters
from metac.runtime.optimise.pytree_arrays import flatten

DEFAULT_BOUND = 0.3
"""Smallest Jacobian ratio below which bodies are remeshed where a study does not say."""

FailureOf = Callable[[Any], RuntimeFailure | None]


@dataclass(frozen=True)
class MeshedProgram:
    """A program, and the parameters of its generators that do not vary."""

    program: StudyProgram
    fixed: Mapping[str, Tree]


@dataclass
class ProgramRemesher:
    """The remesher of a multi-start driver: bodies are remeshed where the generator that varies has moved them.

    Caches the program that was made last, so that no more than it and the first one hold memory.
    """

    first: MeshedProgram
    generator: str
    """The name of the generator that varies."""
    stages: Sequence[Mapping[str, Any]]
    """The program's inputs of each stage."""
    objective_of: Callable[[StudyProgram], Objective]
    failure_of: FailureOf
    bound: float
    """The mesh is distorted where its smallest Jacobian ratio is below."""
    agreement: float
    """Most that a goal's value may differ on a new mesh, as a share of the goal's scale."""
    show: Callable[[str], None] = lambda text: None
    """Shows what is being done."""
    _key: tuple[bytes, ...] = field(default=(), init=False)
    _latest: MeshedProgram | None = field(default=None, init=False)
    _objective: Objective | None = field(default=None, init=False)
    _compared: tuple[tuple[bytes, ...], MeshedProgram] | None = field(default=None, init=False)

    def distorted(self, evaluation: LossEvaluation) -> bool:
        """Whether the smallest Jacobian ratio of any load's mesh is below the bound."""
        ratio = smallest_jacobian(evaluation.report)
        return ratio is not None and ratio < self.bound

    def may_fix(self, failure: RuntimeFailure) -> bool:
        """Whether an element of the unloaded mesh was inverted."""
        return isinstance(failure, InvertedElement) and failure.where == "reference"

    def agrees(self, evaluation: LossEvaluation, frozen: Frozen, stage: int) -> bool:
        """Whether each goal's value on a new mesh is that of the evaluation, within `agreement` of its scale.

        Where the mesh cannot be made or its evaluation fails nothing is gained by continuing there: that agrees.
        """
        self.show("stop rule: comparing with the same design on a new mesh (takes a compilation)")
        last = FrozenParameters(evaluation.theta, stage)
        try:
            meshed = self._next(self.program(frozen), last)
            theta = {**meshed.fixed, **self.at_rest(evaluation.theta)}
            checked = quickly_compiled(meshed.program.evaluate)(theta, self.stages[stage])
        except RuntimeFailure:
            return True
        if self.failure_of(checked) is not None:
            return True
        # Made once: where it disagrees the optimisation continues on it.
        self._compared = (_key((*frozen, last)), meshed)
        return all(
            largest_difference(goal, checked.goals[name]) <= self.agreement * float(goal.scale)
            for name, goal in evaluation.report.goals.items()
        )

    def at_rest(self, theta: Tree) -> Tree:
        """The varying generator's parameters at which nothing moves."""
        generator: Any = self.first.program.generators[self.generator]
        return {self.generator: generator.at_rest(theta[self.generator])}

    def objective(self, frozen: Frozen, stage: int) -> Evaluator:
        """A stage's objective on the meshes that the frozen movements lead to, one after the other."""
        meshed = self.program(frozen)
        if self._objective is None:
            self.show(f"remeshed ({len(frozen)}): compiling for the new mesh")
            self._objective = self.objective_of(meshed.program)
        return self._objective.at(meshed.fixed, self.stages[stage])

    def program(self, frozen: Frozen) -> MeshedProgram:
        """The program whose bodies were remeshed after each of the frozen movements.

        The same movements give the same meshes, bit for bit: a resumed run makes them again.
        """
        key = _key(frozen)
        if not key:
            return self.first
        if self._latest is None or self._key != key:
            if self._compared is not None and self._compared[0] == key:
                meshed = self._compared[1]
            else:
                known = key[:-1] == self._key
                meshed = self._latest if known and self._latest is not None else self.first
                for each in frozen[-1:] if known else frozen:
                    meshed = self._next(meshed, each)
            self._key, self._latest, self._objective, self._compared = key, meshed, None, None
            # What was compiled and traced for the mesh before holds on to it, tens of megabytes each time.
            jax.clear_caches()
        return self._latest

    def _next(self, meshed: MeshedProgram, frozen: FrozenParameters) -> MeshedProgram:
        self.show("remeshing the moved outlines")
        theta, inputs = {**meshed.fixed, **frozen.theta}, self.stages[frozen.stage]
        program, resting = meshed.program.remeshed(theta, self.generator, inputs)
        return MeshedProgram(program, {name: tree for name, tree in resting.items() if name != self.generator})


def smallest_jacobian(evaluation: Any) -> float | None:
    """Smallest ratio of an element's local area, moved, to that of its mesh, over all loads; None where there are none."""
    meshed = [status for status in evaluation.status.values() if isinstance(status, Meshwise)]
    ratios = [float(status.reference_jacobian) for status in meshed]
    return min(ratios) if ratios else None


def largest_difference(goal: Any, other: Any) -> float:
    """Between two values of a goal; on the increments and components that count."""
    difference = np.abs(np.asarray(goal.value) - np.asarray(other.value))
    for counting in (goal.inside, goal.asked):
        if counting is not None:
            difference = np.where(np.asarray(counting), difference, 0.0)
    return float(difference.max())


def _key(frozen: Frozen) -> tuple[bytes, ...]:
    """What distinguishes one sequence of frozen movements from another."""
    return tuple(b"".join(array.tobytes() for array in flatten("", each.theta).values()) for each in frozen)
