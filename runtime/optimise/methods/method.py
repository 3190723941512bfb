"""How one optimisation step is made from the last evaluation: the interface of all methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import jax
import optax

from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree, inner_product, moved
from metac.runtime.optimise.methods.line_search import line_search


@dataclass(frozen=True)
class ProposedStep:
    """What a method proposes: the next evaluation, its own next state, and how many evaluations it took.

    `evaluation` is None where the method finds no lower loss any more. An evaluation with a failure is
    not taken; the loop then asks again with half the scale, from the state before.
    """

    evaluation: LossEvaluation | None
    state: Any
    evaluations: int = 1


class Method(Protocol):
    """A gradient method; its state is a tree of arrays, so that a checkpoint can hold it.

    Where it takes simulations of its own, `evaluate` gives evaluations as the one that it is given.
    """

    @property
    def constrained(self) -> bool:
        """Whether it handles constraints by itself: evaluations must then have `parts`."""
        ...

    @property
    def searches(self) -> bool:
        """Whether it compares losses along a line: gradients must then be those of the loss."""
        ...

    def init(self, theta: Tree) -> Any:
        """The state before the first step."""
        ...

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """The next evaluation, with steps shortened by `scale`, 0 < scale <= 1."""
        ...


class FirstOrder:
    """First-order steps by an optax gradient transformation (Adam and its kin): one evaluation a step."""

    constrained: bool = False
    searches: bool = False

    def __init__(self, transformation: optax.GradientTransformation) -> None:
        self._init = transformation.init
        self._update = jax.jit(transformation.update)

    def init(self, theta: Tree) -> Any:
        """The transformation's own state."""
        return self._init(theta)

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """Move by `scale` times the transformed gradient."""
        updates, state = self._update(evaluation.gradient, state, evaluation.theta)
        return ProposedStep(evaluate(moved(evaluation.theta, updates, scale), evaluation.warm_start), state)


class QuasiNewton:
    """Steps along the gradient times an inverse Hessian learned from the steps before, with a line search for the strong
    Wolfe conditions (Nocedal & Wright, 2006, algorithms 3.5 and 3.6).

    The line search runs on the host: the loss is compiled once, and a trial whose simulation fails only shortens the step.

    Args:
        preconditioner: makes the gradient, with its own state, the direction of steepest ascent; by default L-BFGS from ten
            steps (algorithm 7.4).
        trials: most evaluations of one line search.
    """

    constrained: bool = False
    searches: bool = True

    def __init__(self, preconditioner: optax.GradientTransformation | None = None, trials: int = 20) -> None:
        transformation = preconditioner or optax.scale_by_lbfgs(memory_size=10)
        self._init = transformation.init
        self._update = jax.jit(transformation.update)
        self._trials = trials

    def init(self, theta: Tree) -> Any:
        """No past steps."""
        return self._init(theta)

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """Search along the quasi-Newton direction; along the gradient, without past steps, where that leads nowhere."""
        ascent, state = self._update(evaluation.gradient, state, evaluation.theta)
        evaluations = 0
        for restarted in (False, True):
            if restarted:
                ascent, state = self._update(evaluation.gradient, self._init(evaluation.theta), evaluation.theta)
            slope = -inner_product(evaluation.gradient, ascent)
            if slope < 0:
                direction = jax.tree.map(lambda leaf: -leaf, ascent)
                found = line_search(evaluation, direction, slope, evaluate, first=scale, trials=self._trials)
                evaluations += found.evaluations
                if found.evaluation is not None:
                    return ProposedStep(found.evaluation, state, evaluations)
        return ProposedStep(None, state, evaluations)
