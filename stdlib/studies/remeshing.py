"""Meshing anew within a study: new ground for its descents, made by the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from metac.compiler.interfaces.program import Program
from metac.runtime.errors import InvertedElement, RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluate, Objective, Sample, Tree
from metac.runtime.optimise.optimisation_state import Frozen, Layer
from metac.runtime.optimise.pytree_arrays import flatten

DEFAULT_BOUND = 0.3
"""Smallest Jacobian ratio below which bodies are meshed anew where a study does not say."""

Judge = Callable[[Any], RuntimeFailure | None]


@dataclass(frozen=True)
class Ground:
    """A program, and the parameters of the generators that do not vary on it."""

    program: Program
    fixed: Mapping[str, Tree]


@dataclass
class Remeshing:
    """The renewal of a campaign: bodies meshed anew where the generator that varies has moved them.

    Keeps the program that was made last, so that no more than it and the first one hold memory.
    """

    first: Ground
    generator: str
    """The name of the generator that varies."""
    stages: Sequence[Mapping[str, Any]]
    """The program's inputs of each stage."""
    objective_of: Callable[[Program], Objective]
    judge: Judge
    bound: float
    """The mesh is worn where its smallest Jacobian ratio is below."""
    agreement: float
    """Most that a goal's value may differ on the mesh made anew, as a share of the goal's scale."""
    tell: Callable[[str], None] = lambda text: None
    """Shows what is being done."""
    _key: tuple[bytes, ...] = field(default=(), init=False)
    _ground: Ground | None = field(default=None, init=False)
    _objective: Objective | None = field(default=None, init=False)
    _compared: tuple[tuple[bytes, ...], Ground] | None = field(default=None, init=False)

    def worn(self, sample: Sample) -> bool:
        """Whether the smallest Jacobian ratio of any load's mesh is below the bound."""
        ratio = smallest_jacobian(sample.report)
        return ratio is not None and ratio < self.bound

    def cures(self, failure: RuntimeFailure) -> bool:
        """Whether an element of the unloaded mesh was folded."""
        return isinstance(failure, InvertedElement) and failure.where == "reference"

    def agrees(self, sample: Sample, frozen: Frozen, stage: int) -> bool:
        """Whether each goal's value on the mesh made anew is that of the sample, within `agreement` of its scale.

        Where the mesh cannot be made or its evaluation fails nothing is gained by going on there: that agrees.
        """
        self.tell("stop rule: comparing with the same design meshed anew (takes a compilation)")
        layer = Layer(sample.theta, stage)
        try:
            ground = self._next(self.ground(frozen), layer)
            evaluation = jax.jit(ground.program.evaluate)({**ground.fixed, **self.rest(sample.theta)}, self.stages[stage])
        except RuntimeFailure:
            return True
        if self.judge(evaluation) is not None:
            return True
        # Made once: where it disagrees it is the ground to go on on.
        self._compared = (_key((*frozen, layer)), ground)
        return all(
            largest_difference(goal, evaluation.goals[name]) <= self.agreement * float(goal.scale)
            for name, goal in sample.report.goals.items()
        )

    def rest(self, theta: Tree) -> Tree:
        """The varying generator's parameters at which nothing moves."""
        generator: Any = self.first.program.generators[self.generator]
        return {self.generator: generator.at_rest(theta[self.generator])}

    def objective(self, frozen: Frozen, stage: int) -> Evaluate:
        """A stage's objective on the meshes that the frozen movements lead to, one after the other."""
        ground = self.ground(frozen)
        if self._objective is None:
            self.tell(f"meshed anew ({len(frozen)}): compiling for the new mesh")
            self._objective = self.objective_of(ground.program)
        return self._objective.at(ground.fixed, self.stages[stage])

    def ground(self, frozen: Frozen) -> Ground:
        """The program whose meshes were made anew after each of the frozen movements.

        The same movements give the same meshes, bit for bit: a run that is resumed makes them again.
        """
        key = _key(frozen)
        if not key:
            return self.first
        if self._ground is None or self._key != key:
            if self._compared is not None and self._compared[0] == key:
                ground = self._compared[1]
            else:
                known = key[:-1] == self._key
                ground = self._ground if known and self._ground is not None else self.first
                for layer in frozen[-1:] if known else frozen:
                    ground = self._next(ground, layer)
            self._key, self._ground, self._objective, self._compared = key, ground, None, None
            # What was compiled and traced for the mesh before holds on to it, tens of megabytes each time.
            jax.clear_caches()
        return self._ground

    def _next(self, ground: Ground, layer: Layer) -> Ground:
        self.tell("meshing the moved outlines anew")
        theta, inputs = {**ground.fixed, **layer.theta}, self.stages[layer.stage]
        program, resting = ground.program.remeshed(theta, self.generator, inputs)
        return Ground(program, {name: tree for name, tree in resting.items() if name != self.generator})


def smallest_jacobian(evaluation: Any) -> float | None:
    """Smallest ratio of an element's local area, moved, to that of its mesh, over all loads; None where there are none."""
    meshed = [status for status in evaluation.status.values() if hasattr(status, "reference_jacobian")]
    ratios = [float(status.reference_jacobian) for status in meshed]
    return min(ratios) if ratios else None


def largest_difference(goal: Any, other: Any) -> float:
    """Between two values of a goal; on the increments that count, for a curve."""
    difference = np.abs(np.asarray(goal.value) - np.asarray(other.value))
    if goal.inside is not None:
        difference = np.where(np.asarray(goal.inside), difference, 0.0)
    return float(difference.max())


def _key(frozen: Frozen) -> tuple[bytes, ...]:
    """What tells one succession of frozen movements from another."""
    return tuple(b"".join(array.tobytes() for array in flatten("", layer.theta).values()) for layer in frozen)
