"""Several descents with one aim: restarts from other random parameters, stages that go on from the last one's best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metac.runtime.optimise.descent import Position, StepFailed, StepReport, Stop, begin, proceed
from metac.runtime.optimise.flat import DoesNotFit, flatten, restore
from metac.runtime.optimise.method import Method
from metac.runtime.optimise.sample import Evaluate, Sample, Tree

Record = dict[str, Any]
Snapshot = dict[str, Any]
"""`arrays`: flat named arrays; `numbers`: a tree of JSON values. Together all that a campaign needs to go on."""


@dataclass(frozen=True)
class Best:
    """The lowest loss of a stage and where it was found."""

    theta: Tree
    loss: float
    restart: int
    step: int


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
    best: Best | None = None
    """Of the present stage."""
    seed: Tree = None
    """The parameters that the present stage starts from; None in the first stage, which starts from random ones."""
    steps: int = 0
    """Steps taken in all descents so far."""
    failed: tuple[Failed, ...] = ()
    failure: StepFailed | None = None
    """Why the campaign ended early: every descent of a stage failed."""

    @property
    def reason(self) -> str:
        """Why the last descent ended."""
        return self.position.reason if self.position is not None else "failed"


@dataclass(frozen=True)
class Campaign:
    """Descents over stages and restarts.

    Restarts are tried in the first stage, one after the other, until the stop rule holds or all are used; each later
    stage runs once from the best of the stage before. The last stage's best is the result.

    Args:
        objectives: one objective per stage; at least one.
        start: random parameters for a restart, by its number from 0.
        method: how a step is made.
        steps: most steps of one descent.
        stop: `(loss, step) -> bool`, or None.
        restarts: number of descents in the first stage, at least 1.
        describe: what a report adds to a step's record.
        watch: called after every step with its record and a function that gives the snapshot to go on from.
    """

    objectives: Sequence[Evaluate]
    start: Callable[[int], Tree]
    method: Method
    steps: int
    stop: Stop | None = None
    restarts: int = 1
    describe: Callable[[Any], Record] = lambda report: {}
    watch: Callable[[Record, Callable[[], Snapshot]], None] = lambda record, snapshot: None

    def run(self, resumed: Snapshot | None = None) -> Standing:
        """The standing at the end; `resumed` is a snapshot of the same campaign.

        Raises:
            StepFailed: if no descent of the first stage got past its start.
            DoesNotFit: if the snapshot is of another campaign.
        """
        standing = Standing() if resumed is None else self._restored(resumed)
        while True:
            standing = self._descend(standing)
            following = self._following(standing)
            if following is None:
                if standing.best is None and standing.seed is None and standing.failure is not None:
                    raise standing.failure
                return standing
            standing = following

    def _descend(self, standing: Standing) -> Standing:
        evaluate = self.objectives[standing.stage]

        def on_step(position: Position, report: StepReport) -> None:
            nonlocal standing
            best = standing.best
            if best is None or position.best_loss < best.loss:
                best = Best(position.best_theta, position.best_loss, standing.restart, position.best_step)
            standing = replace(standing, position=position, best=best, steps=standing.steps + (position.step > 0))
            reached = standing
            self.watch(self._record(reached, report), lambda: snapshot(reached))

        settings = {"steps": self.steps, "stop": self.stop, "on_step": on_step}
        try:
            position = standing.position
            if position is None:
                theta = self.start(standing.restart) if standing.seed is None else standing.seed
                position = begin(evaluate, self.method, theta, **settings)
            proceed(evaluate, self.method, position, **settings)
        except StepFailed as failure:
            failed = Failed(standing.stage, standing.restart, failure.step, failure.message, failure.remedy)
            return replace(standing, position=None, failed=(*standing.failed, failed), failure=failure)
        return replace(standing, failure=None)

    def _following(self, standing: Standing) -> Standing | None:
        """The start of the next descent, or None where the campaign is over."""
        if standing.stage == 0 and standing.reason != "stop rule" and standing.restart + 1 < self.restarts:
            return replace(standing, restart=standing.restart + 1, position=None, failure=None)
        in_vain = sum(failed.stage == standing.stage for failed in standing.failed)
        if in_vain > standing.restart or standing.best is None:
            return None
        if standing.stage + 1 < len(self.objectives):
            return Standing(stage=standing.stage + 1, seed=standing.best.theta, steps=standing.steps, failed=standing.failed)
        return None

    def _record(self, standing: Standing, report: StepReport) -> Record:
        position, best = standing.position, standing.best
        assert position is not None and best is not None
        record: Record = {"stage": standing.stage, "restart": standing.restart, "step": position.step}
        record |= {"loss": position.sample.loss, "best": best.loss, "seconds": report.seconds, "samples": report.samples}
        record |= self.describe(position.sample.report)
        if report.rejected:
            record["rejected"] = list(report.rejected)
        if position.reason:
            record["end"] = position.reason
        return record

    def _restored(self, resumed: Mapping[str, Any]) -> Standing:
        arrays, numbers = resumed["arrays"], resumed["numbers"]
        if numbers["stage"] >= len(self.objectives) or numbers["restart"] >= self.restarts:
            raise DoesNotFit("it has more stages or restarts")
        theta = self.start(0)
        at, best = numbers["position"], numbers["best"]
        parameters = restore("theta", arrays, theta)
        sample = Sample(parameters, at["loss"], restore("gradient", arrays, theta))
        position = Position(
            sample=sample,
            state=restore("state", arrays, self.method.init(theta)),
            step=at["step"],
            scale=at["scale"],
            best_theta=restore("lowest", arrays, theta),
            best_loss=at["best_loss"],
            best_step=at["best_step"],
            reason=at["reason"],
        )
        if position.reason == "step limit" and position.step < self.steps:
            position = replace(position, reason="")
        return Standing(
            stage=numbers["stage"],
            restart=numbers["restart"],
            position=position,
            best=Best(restore("best", arrays, theta), best["loss"], best["restart"], best["step"]),
            seed=restore("seed", arrays, theta) if numbers["stage"] else None,
            steps=numbers["steps"],
            failed=tuple(Failed(**failed) for failed in numbers["failed"]),
        )


def snapshot(standing: Standing) -> Snapshot:
    """A standing within a descent as plain arrays and numbers."""
    position, best = standing.position, standing.best
    assert position is not None and best is not None
    arrays = {
        **flatten("theta", position.sample.theta),
        **flatten("gradient", position.sample.gradient),
        **flatten("state", position.state),
        **flatten("lowest", position.best_theta),
        **flatten("best", best.theta),
        **(flatten("seed", standing.seed) if standing.stage else {}),
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
            "reason": position.reason,
        },
        "best": {"loss": best.loss, "restart": best.restart, "step": best.step},
        "failed": [vars(failed) for failed in standing.failed],
    }
    return {"arrays": arrays, "numbers": numbers}
