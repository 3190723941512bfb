"""Constraints for methods that know none: the augmented Lagrangian (Nocedal & Wright 2006, section 17.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from metac.runtime.optimise.evaluation import (
    CONSTRAINT_TOLERANCE,
    Evaluator,
    LossEvaluation,
    ObjectiveAndConstraints,
    Tree,
    WarmStart,
    inner_product,
)
from metac.runtime.optimise.methods.method import Method, ProposedStep

FIRST_PENALTY = 10.0
"""Of a violation of one tenth: the penalty's gradient over the objective's."""
GROWTH = 4.0
"""What the penalty is multiplied by where violations do not shrink fast enough."""
LARGEST_PENALTY = 1e8
"""Over the first one."""
SHRINKING = 0.25
"""Violations shrink fast enough where this share, or less, is left after an update."""
UPDATES = 30
"""Most updates without a step in between before nothing lower is thought to exist."""


@dataclass(frozen=True)
class _Augmented(LossEvaluation):
    """An evaluation of the augmented Lagrangian, and the one that it is made from."""

    plain: LossEvaluation | None = None


class AugmentedLagrangian:
    """Minimises the objective and the penalty Σ ψ(gᵢ, λᵢ), ψ = (max(0, λ + μ g)² − λ²) / 2μ, for constraints g ≤ 0.

    After `round` steps of the method, or when it finds nothing lower, λ becomes max(0, λ + μ g). With a method that searches
    along lines μ grows where the violation did not shrink to a quarter, and its state is dropped, as it belongs to another
    function; steps of a fixed length would only grow restless with a steeper penalty.

    Args:
        method: a method that knows no constraints.
        constraints: their number.
        round: steps between updates.
    """

    constrained: bool = True

    def __init__(self, method: Method, constraints: int, round: int = 10) -> None:
        self._method, self._constraints, self._round, self.searches = method, constraints, round, method.searches

    def init(self, theta: Tree) -> Any:
        """No multipliers, no penalty yet: its size follows from the first evaluation."""
        return {
            "multipliers": np.zeros(self._constraints),
            "penalty": np.zeros(()),
            "first": np.zeros(()),
            "violation": np.array(np.inf),
            "since": np.zeros((), int),
            "method": self._method.init(theta),
        }

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """A step of the method on the augmented Lagrangian, after an update of the multipliers where that is due."""
        if not float(state["penalty"]) > 0:
            penalty = np.array(_first_penalty(evaluation))
            state = {**state, "penalty": penalty, "first": penalty}
        if state["since"] >= self._round:
            state = self._updated(evaluation, state)
        evaluations = 0
        for _ in range(UPDATES):
            multipliers, penalty = np.asarray(state["multipliers"]), float(state["penalty"])
            augmented = _augmenting(evaluate, multipliers, penalty)
            at = _augmented(evaluation, multipliers, penalty)
            taken = self._method.step(at, state["method"], augmented, scale)
            evaluations += taken.evaluations
            if isinstance(taken.evaluation, _Augmented):
                state = {**state, "method": taken.state, "since": np.asarray(state["since"]) + 1}
                return ProposedStep(taken.evaluation.plain, state, evaluations)
            if _converged(evaluation, multipliers, penalty):
                break
            state = self._updated(evaluation, state)
        return ProposedStep(None, state, evaluations)

    def _updated(self, evaluation: LossEvaluation, state: Any) -> Any:
        constraints = _parts(evaluation).constraints
        penalty, multipliers = float(state["penalty"]), np.asarray(state["multipliers"])
        violation = float(np.max(np.maximum(constraints, -multipliers / penalty), initial=0.0))
        multipliers = np.maximum(0.0, multipliers + penalty * np.asarray(constraints))
        if self.searches and violation > SHRINKING * float(state["violation"]):
            penalty = min(GROWTH * penalty, LARGEST_PENALTY * float(state["first"]))
        method = self._method.init(evaluation.theta) if self.searches else state["method"]
        changed = {"multipliers": multipliers, "penalty": np.array(penalty), "violation": np.array(violation)}
        return {**state, **changed, "since": np.zeros((), int), "method": method}


def _parts(evaluation: LossEvaluation) -> ObjectiveAndConstraints:
    assert evaluation.parts is not None
    return evaluation.parts


def _augmenting(evaluate: Evaluator, multipliers: Any, penalty: float) -> Evaluator:
    def augmented(theta: Tree, warm_start: WarmStart | None = None, /) -> LossEvaluation:
        return _augmented(evaluate(theta, warm_start), multipliers, penalty)

    return augmented


def _augmented(evaluation: LossEvaluation, multipliers: Any, penalty: Any) -> _Augmented:
    if evaluation.failure is not None:
        return _Augmented(**_fields(evaluation), plain=evaluation)
    parts = _parts(evaluation)
    forces = np.maximum(0.0, multipliers + penalty * np.asarray(parts.constraints))
    loss = float(parts.objective + np.sum(forces**2 - multipliers**2) / (2 * penalty))
    gradient = jax.tree.map(lambda own, rows: own + np.tensordot(forces, rows, 1), evaluation.gradient, parts.jacobian)
    return replace(_Augmented(**_fields(evaluation), plain=evaluation), loss=loss, gradient=gradient)


def _fields(evaluation: LossEvaluation) -> dict[str, Any]:
    return {name: getattr(evaluation, name) for name in LossEvaluation.__dataclass_fields__}


def _first_penalty(evaluation: LossEvaluation) -> float:
    """At a violation of one tenth the penalty pulls as much as the objective, `FIRST_PENALTY` times as much at 1."""
    parts, size = _parts(evaluation), np.sqrt(inner_product(evaluation.gradient, evaluation.gradient))
    steepest = np.sqrt(max(inner_product(parts.jacobian, parts.jacobian), 1e-300))
    return float(FIRST_PENALTY * size / steepest) if size > 0 and steepest > 1e-12 * size else FIRST_PENALTY


def _converged(evaluation: LossEvaluation, multipliers: Any, penalty: float) -> bool:
    """Whether an update would change nothing: constraints are fulfilled, and those with a multiplier are active."""
    constraints = np.asarray(_parts(evaluation).constraints)
    return bool(np.abs(np.maximum(constraints, -multipliers / penalty)).max(initial=0.0) <= CONSTRAINT_TOLERANCE)
