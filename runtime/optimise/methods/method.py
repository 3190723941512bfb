"""How one optimisation step is made from the last sample: the interface that first-order and quasi-Newton methods fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import jax
import optax

from metac.runtime.optimise.evaluation import Evaluate, Sample, Tree, inner_product, moved
from metac.runtime.optimise.methods.line_search import line_search


@dataclass(frozen=True)
class Step:
    """What a method proposes: the next sample, its own next state, and how many samples it took.

    `sample` is None where the method finds no lower loss any more. A sample with a failure is not taken; the loop then asks
    again with half the scale, from the state before.
    """

    sample: Sample | None
    state: Any
    samples: int = 1


class Method(Protocol):
    """A gradient method; its state is a tree of arrays, so that a checkpoint can hold it.

    Where it takes simulations of its own, `evaluate` gives samples as the one that it is given.
    """

    @property
    def constrained(self) -> bool:
        """Whether it keeps constraints by itself: samples must then have `parts`."""
        ...

    @property
    def searches(self) -> bool:
        """Whether it compares losses along a line: gradients must then be those of the loss."""
        ...

    def init(self, theta: Tree) -> Any:
        """The state before the first step."""
        ...

    def step(self, sample: Sample, state: Any, evaluate: Evaluate, scale: float) -> Step:
        """The next sample, with steps shortened by `scale`, 0 < scale <= 1."""
        ...


class Transformed:
    """First-order steps by an optax gradient transformation (Adam and its kin): one sample a step."""

    constrained: bool = False
    searches: bool = False

    def __init__(self, transformation: optax.GradientTransformation) -> None:
        self._init = transformation.init
        self._update = jax.jit(transformation.update)

    def init(self, theta: Tree) -> Any:
        """The transformation's own state."""
        return self._init(theta)

    def step(self, sample: Sample, state: Any, evaluate: Evaluate, scale: float) -> Step:
        """Move by `scale` times the transformed gradient."""
        updates, state = self._update(sample.gradient, state, sample.theta)
        return Step(evaluate(moved(sample.theta, updates, scale), sample.start), state)


class QuasiNewton:
    """Steps along the gradient times an inverse Hessian learnt from the steps before, with a line search for the strong
    Wolfe conditions (Nocedal & Wright, 2006, algorithms 3.5 and 3.6).

    The line search runs on the host: the loss is compiled once, and a trial whose simulation fails only shortens the step.

    Args:
        preconditioner: makes the gradient, with its own memory, the direction of steepest ascent; by default L-BFGS from ten
            steps (algorithm 7.4).
        trials: most samples of one line search.
    """

    constrained: bool = False
    searches: bool = True

    def __init__(self, preconditioner: optax.GradientTransformation | None = None, trials: int = 20) -> None:
        transformation = preconditioner or optax.scale_by_lbfgs(memory_size=10)
        self._init = transformation.init
        self._update = jax.jit(transformation.update)
        self._trials = trials

    def init(self, theta: Tree) -> Any:
        """Empty memory."""
        return self._init(theta)

    def step(self, sample: Sample, state: Any, evaluate: Evaluate, scale: float) -> Step:
        """Search along the quasi-Newton direction; along the gradient, memory forgotten, where that leads up or nowhere."""
        ascent, state = self._update(sample.gradient, state, sample.theta)
        samples = 0
        for fresh in (False, True):
            if fresh:
                ascent, state = self._update(sample.gradient, self._init(sample.theta), sample.theta)
            slope = -inner_product(sample.gradient, ascent)
            if slope < 0:
                direction = jax.tree.map(lambda leaf: -leaf, ascent)
                found = line_search(sample, direction, slope, evaluate, first=scale, trials=self._trials)
                samples += found.samples
                if found.sample is not None:
                    return Step(found.sample, state, samples)
        return Step(None, state, samples)
