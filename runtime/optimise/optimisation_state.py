"""The state of a multi-start optimisation, and its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from metac.runtime.optimise.evaluation import LossEvaluation, ObjectiveAndConstraints, Tree
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.optimisation_loop import LoopState, StepFailed
from metac.runtime.optimise.pytree_arrays import DoesNotFit, flatten, restore

Record = dict[str, Any]
CheckpointContents = dict[str, Any]
"""`arrays`: flat named arrays; `numbers`: a tree of JSON values. Together all that an optimisation needs to be resumed."""
FORMAT = 2
"""Of checkpoints; those of another format are refused."""


@dataclass(frozen=True)
class FrozenParameters:
    """Parameters that were frozen into a new mesh (`remeshing.py`), and the stage in which that was."""

    theta: Tree
    stage: int


Frozen = tuple[FrozenParameters, ...]
"""Of all remeshings, the first one first."""


@dataclass(frozen=True)
class Best:
    """The lowest loss of a stage and where it was found."""

    theta: Tree
    loss: float
    restart: int
    step: int
    frozen: Frozen = ()
    violation: float = 0.0
    """By how much constraints are exceeded there."""


@dataclass(frozen=True)
class FailedStart:
    """A start that could not continue."""

    stage: int
    restart: int
    step: int
    message: str
    remedy: str


@dataclass(frozen=True)
class OptimisationState:
    """The state of a multi-start optimisation after a step."""

    stage: int = 0
    restart: int = 0
    loop: LoopState | None = None
    """Of the present start; None before its first evaluation and after its failure."""
    frozen: Frozen = ()
    """What led to the mesh of `loop`."""
    remeshed_at: int = -1
    """The step at which this mesh was made, -1 for the mesh that the start began on."""
    remeshing_failed: int = -1
    """The step at which this mesh could last not be replaced, -1 where that never failed."""
    earlier: Best | None = None
    """The best of the present stage's starts before this one."""
    seed: Best | None = None
    """What the present stage starts from; None in the first stage, which starts from random parameters."""
    steps: int = 0
    """Steps taken in all starts so far."""
    reported: Record = field(default_factory=dict)
    """What a report added to the record of the last step."""
    failed: tuple[FailedStart, ...] = ()
    failure: StepFailed | None = None
    """Why the optimisation ended early: every start of a stage failed."""

    @property
    def best(self) -> Best | None:
        """Of the present stage. After a remeshing, what was reached on the mesh before no longer counts."""
        loop, earlier = self.loop, self.earlier
        if loop is None:
            return earlier
        if earlier is not None and (earlier.violation, earlier.loss) <= (loop.best_violation, loop.best_loss):
            return earlier
        return Best(loop.best_theta, loop.best_loss, self.restart, loop.best_step, self.frozen, loop.best_violation)

    @property
    def reason(self) -> str:
        """Why the last start ended."""
        return self.loop.reason if self.loop is not None else "failed"


def checkpoint_of(state: OptimisationState) -> CheckpointContents:
    """A state within a start as plain arrays and numbers."""
    loop = state.loop
    assert loop is not None
    loop_arrays, loop_numbers = _flat_loop(loop)
    arrays = {
        **loop_arrays,
        **_flat_frozen("frozen", state.frozen),
        **_flat_best("earlier", state.earlier),
        **_flat_best("seed", state.seed),
    }
    numbers = {
        "format": FORMAT,
        "stage": state.stage,
        "restart": state.restart,
        "steps": state.steps,
        "position": loop_numbers,
        "frozen": [frozen.stage for frozen in state.frozen],
        "remeshed_at": state.remeshed_at,
        "remeshing_failed": state.remeshing_failed,
        "earlier": _best_numbers(state.earlier),
        "seed": _best_numbers(state.seed),
        "reported": state.reported,
        "failed": [vars(failed) for failed in state.failed],
    }
    return {"arrays": arrays, "numbers": numbers}


def state_of(checkpoint: Mapping[str, Any], theta: Tree, method: Method) -> OptimisationState:
    """The state of a checkpoint; `theta` is any parameters of the same kind.

    Raises:
        DoesNotFit: if the checkpoint is of another optimisation, or of another version's format.
    """
    arrays, numbers = checkpoint["arrays"], checkpoint["numbers"]
    if numbers.get("format") != FORMAT:
        raise DoesNotFit("another version of metac wrote it")
    return OptimisationState(
        stage=numbers["stage"],
        restart=numbers["restart"],
        loop=_restored_loop(arrays, numbers["position"], theta, method),
        frozen=_restored_frozen("frozen", arrays, numbers["frozen"], theta),
        remeshed_at=numbers["remeshed_at"],
        remeshing_failed=numbers["remeshing_failed"],
        earlier=_restored_best("earlier", arrays, numbers["earlier"], theta),
        seed=_restored_best("seed", arrays, numbers["seed"], theta),
        steps=numbers["steps"],
        reported=numbers["reported"],
        failed=tuple(FailedStart(**failed) for failed in numbers["failed"]),
    )


def _flat_loop(loop: LoopState) -> tuple[dict[str, Any], Record]:
    """Arrays and numbers."""
    evaluation = loop.evaluation
    arrays = {
        **flatten("theta", evaluation.theta),
        **flatten("gradient", evaluation.gradient),
        **flatten("state", loop.method_state),
        **flatten("parts", evaluation.parts),
        **{name: np.asarray(array) for name, array in (evaluation.warm_start or {}).items()},
        **flatten("best", loop.best_theta),
    }
    numbers = {
        "loss": evaluation.loss,
        "step": loop.step,
        "scale": loop.scale,
        "best_loss": loop.best_loss,
        "best_step": loop.best_step,
        "best_violation": loop.best_violation,
        "constraints": None if evaluation.parts is None else len(evaluation.parts.constraints),
        "reason": loop.reason,
    }
    return arrays, numbers


def _restored_loop(arrays: Mapping[str, Any], numbers: Record, theta: Tree, method: Method) -> LoopState:
    warm_start = {name: array for name, array in arrays.items() if name.startswith("start/")}
    constraints = numbers["constraints"]
    parts = None if constraints is None else restore("parts", arrays, _parts_like(theta, constraints))
    evaluation = LossEvaluation(
        restore("theta", arrays, theta),
        numbers["loss"],
        restore("gradient", arrays, theta),
        warm_start=warm_start or None,
        parts=parts,
    )
    return LoopState(
        evaluation=evaluation,
        method_state=restore("state", arrays, method.init(theta)),
        step=numbers["step"],
        scale=numbers["scale"],
        best_theta=restore("best", arrays, theta),
        best_loss=numbers["best_loss"],
        best_step=numbers["best_step"],
        best_violation=numbers["best_violation"],
        reason=numbers["reason"],
    )


def _parts_like(theta: Tree, constraints: int) -> ObjectiveAndConstraints:
    """Parts of an evaluation at parameters such as `theta`, in shape and type."""
    jacobian = jax.tree.map(lambda leaf: np.zeros((constraints, *np.shape(leaf)), np.asarray(leaf).dtype), theta)
    return ObjectiveAndConstraints(np.zeros(()), np.zeros(constraints), jacobian)


def _flat_frozen(name: str, frozen: Frozen) -> dict[str, Any]:
    return {key: array for n, each in enumerate(frozen) for key, array in flatten(f"{name}/{n}", each.theta).items()}


def _restored_frozen(name: str, arrays: Mapping[str, Any], stages: Sequence[int], theta: Tree) -> Frozen:
    return tuple(FrozenParameters(restore(f"{name}/{n}", arrays, theta), stage) for n, stage in enumerate(stages))


def _flat_best(name: str, best: Best | None) -> dict[str, Any]:
    if best is None:
        return {}
    return {**flatten(name, best.theta), **_flat_frozen(f"{name}-frozen", best.frozen)}


def _best_numbers(best: Best | None) -> Record | None:
    if best is None:
        return None
    numbers = {"loss": best.loss, "violation": best.violation, "restart": best.restart, "step": best.step}
    return numbers | {"frozen": [frozen.stage for frozen in best.frozen]}


def _restored_best(name: str, arrays: Mapping[str, Any], numbers: Record | None, theta: Tree) -> Best | None:
    if numbers is None:
        return None
    frozen = _restored_frozen(f"{name}-frozen", arrays, numbers["frozen"], theta)
    restart, step, violation = numbers["restart"], numbers["step"], numbers["violation"]
    return Best(restore(name, arrays, theta), float(numbers["loss"]), restart, step, frozen, violation)
