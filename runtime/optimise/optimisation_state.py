"""Where a campaign stands, and how that is kept in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from metac.runtime.optimise.evaluation import Parts, Sample, Tree
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.optimisation_loop import Position, StepFailed
from metac.runtime.optimise.pytree_arrays import flatten, restore

Record = dict[str, Any]
Snapshot = dict[str, Any]
"""`arrays`: flat named arrays; `numbers`: a tree of JSON values. Together all that a campaign needs to go on."""


@dataclass(frozen=True)
class Layer:
    """Parameters that were frozen when the ground was renewed (`renewal.py`), and the stage in which that was."""

    theta: Tree
    stage: int


Frozen = tuple[Layer, ...]
"""Of all renewals, the first one first."""


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
class Failed:
    """A descent that could not go on."""

    stage: int
    restart: int
    step: int
    message: str
    remedy: str


@dataclass(frozen=True)
class Standing:
    """Where a campaign stands."""

    stage: int = 0
    restart: int = 0
    position: Position | None = None
    """Of the present descent; None before its start and after its failure."""
    frozen: Frozen = ()
    """What makes the ground that `position` counts on."""
    renewed: int = -1
    """The step at which this ground was laid, -1 for the ground that the descent started on."""
    refused: int = -1
    """The step at which this ground could last not be renewed, -1 where it never was refused; it serves on until then."""
    earlier: Best | None = None
    """The best of the present stage's descents before this one."""
    seed: Best | None = None
    """What the present stage starts from; None in the first stage, which starts from random parameters."""
    steps: int = 0
    """Steps taken in all descents so far."""
    told: Record = field(default_factory=dict)
    """What a report added to the record of the last step."""
    failed: tuple[Failed, ...] = ()
    failure: StepFailed | None = None
    """Why the campaign ended early: every descent of a stage failed."""

    @property
    def best(self) -> Best | None:
        """Of the present stage. Where the ground was renewed, what was reached on the ground before counts no more."""
        at, earlier = self.position, self.earlier
        if at is None:
            return earlier
        if earlier is not None and (earlier.violation, earlier.loss) <= (at.best_violation, at.best_loss):
            return earlier
        return Best(at.best_theta, at.best_loss, self.restart, at.best_step, self.frozen, at.best_violation)

    @property
    def reason(self) -> str:
        """Why the last descent ended."""
        return self.position.reason if self.position is not None else "failed"


def snapshot(standing: Standing) -> Snapshot:
    """A standing within a descent as plain arrays and numbers."""
    position = standing.position
    assert position is not None
    arrays = {
        **flatten("theta", position.sample.theta),
        **flatten("gradient", position.sample.gradient),
        **flatten("state", position.state),
        **flatten("parts", position.sample.parts),
        **{name: np.asarray(array) for name, array in (position.sample.start or {}).items()},
        **flatten("lowest", position.best_theta),
        **_flat_frozen("frozen", standing.frozen),
        **_flat_best("earlier", standing.earlier),
        **_flat_best("seed", standing.seed),
    }
    numbers = {
        "stage": standing.stage,
        "restart": standing.restart,
        "steps": standing.steps,
        "position": {
            "loss": position.sample.loss,
            "step": position.step,
            "scale": position.scale,
            "best_loss": position.best_loss,
            "best_step": position.best_step,
            "best_violation": position.best_violation,
            "constraints": None if position.sample.parts is None else len(position.sample.parts.constraints),
            "reason": position.reason,
        },
        "frozen": [layer.stage for layer in standing.frozen],
        "renewed": standing.renewed,
        "refused": standing.refused,
        "earlier": _numbers(standing.earlier),
        "seed": _numbers(standing.seed),
        "told": standing.told,
        "failed": [vars(failed) for failed in standing.failed],
    }
    return {"arrays": arrays, "numbers": numbers}


def restored(resumed: Mapping[str, Any], theta: Tree, method: Method) -> Standing:
    """The standing of a snapshot; `theta` is any parameters of the same kind.

    Raises:
        DoesNotFit: if the snapshot is of another campaign.
    """
    arrays, numbers = resumed["arrays"], resumed["numbers"]
    at = numbers["position"]
    start = {name: array for name, array in arrays.items() if name.startswith("start/")}
    parts = None if at["constraints"] is None else restore("parts", arrays, _parts_like(theta, at["constraints"]))
    gradient = restore("gradient", arrays, theta)
    sample = Sample(restore("theta", arrays, theta), at["loss"], gradient, start=start or None, parts=parts)
    position = Position(
        sample=sample,
        state=restore("state", arrays, method.init(theta)),
        step=at["step"],
        scale=at["scale"],
        best_theta=restore("lowest", arrays, theta),
        best_loss=at["best_loss"],
        best_step=at["best_step"],
        best_violation=at["best_violation"],
        reason=at["reason"],
    )
    return Standing(
        stage=numbers["stage"],
        restart=numbers["restart"],
        position=position,
        frozen=_restored_frozen("frozen", arrays, numbers["frozen"], theta),
        renewed=numbers["renewed"],
        refused=numbers["refused"],
        earlier=_restored_best("earlier", arrays, numbers["earlier"], theta),
        seed=_restored_best("seed", arrays, numbers["seed"], theta),
        steps=numbers["steps"],
        told=numbers["told"],
        failed=tuple(Failed(**failed) for failed in numbers["failed"]),
    )


def _parts_like(theta: Tree, constraints: int) -> Parts:
    """Parts of a sample at parameters such as `theta`, in shape and type."""
    jacobian = jax.tree.map(lambda leaf: np.zeros((constraints, *np.shape(leaf)), np.asarray(leaf).dtype), theta)
    return Parts(np.zeros(()), np.zeros(constraints), jacobian)


def _flat_frozen(name: str, frozen: Frozen) -> dict[str, Any]:
    return {key: array for n, layer in enumerate(frozen) for key, array in flatten(f"{name}/{n}", layer.theta).items()}


def _restored_frozen(name: str, arrays: Mapping[str, Any], stages: Sequence[int], theta: Tree) -> Frozen:
    return tuple(Layer(restore(f"{name}/{n}", arrays, theta), stage) for n, stage in enumerate(stages))


def _flat_best(name: str, best: Best | None) -> dict[str, Any]:
    if best is None:
        return {}
    return {**flatten(name, best.theta), **_flat_frozen(f"{name}-frozen", best.frozen)}


def _numbers(best: Best | None) -> Record | None:
    if best is None:
        return None
    told = {"loss": best.loss, "violation": best.violation, "restart": best.restart, "step": best.step}
    return told | {"frozen": [layer.stage for layer in best.frozen]}


def _restored_best(name: str, arrays: Mapping[str, Any], numbers: Record | None, theta: Tree) -> Best | None:
    if numbers is None:
        return None
    frozen = _restored_frozen(f"{name}-frozen", arrays, numbers["frozen"], theta)
    restart, step, violation = numbers["restart"], numbers["step"], numbers["violation"]
    return Best(restore(name, arrays, theta), numbers["loss"], restart, step, frozen, violation)
