"""Several descents with one aim: restarts from other random parameters, stages that go on from the last one's best."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluate, Sample, Tree
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.optimisation_loop import (
    Due,
    Position,
    StepFailed,
    StepReport,
    Stop,
    begin,
    fresh,
    judged,
    proceed,
)
from metac.runtime.optimise.optimisation_state import Failed, Frozen, Layer, Record, Snapshot, Standing, restored, snapshot
from metac.runtime.optimise.pytree_arrays import DoesNotFit
from metac.runtime.optimise.remeshing import DISAGREES, FOLDED, PAUSES, WORN, Renewal

PATIENCE = 5
"""Steps after which worn ground that could not be renewed is tried again: an outline that cannot be meshed moves on."""


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
        stop: `(loss, step, change) -> bool`, or None.
        restarts: number of descents in the first stage, at least 1.
        describe: what a report adds to a step's record.
        watch: called after every step with its record and a function that gives the snapshot to go on from.
        renewal: lays new ground where the present one is worn or, at the stop rule, does not agree with it; None: never.
    """

    objectives: Sequence[Evaluate]
    start: Callable[[int], Tree]
    method: Method
    steps: int
    stop: Stop | None = None
    restarts: int = 1
    describe: Callable[[Any], Record] = lambda report: {}
    watch: Callable[[Record, Callable[[], Snapshot]], None] = lambda record, snapshot: None
    renewal: Renewal | None = None

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
                # One descent that got to its end makes up for those that did not, in whichever order they came.
                return standing if _in_vain(standing) else replace(standing, failure=None)
            standing = following

    def objective(self, stage: int, frozen: Frozen = ()) -> Evaluate:
        """A stage's objective on the ground made of `frozen`.

        Raises:
            RuntimeFailure: where that cannot be laid.
        """
        if not frozen:
            return self.objectives[stage]
        assert self.renewal is not None
        return self.renewal.objective(frozen, stage)

    def _descend(self, standing: Standing) -> Standing:
        def on_step(position: Position, report: StepReport) -> None:
            nonlocal standing
            told = self.describe(position.sample.report)
            standing = replace(standing, position=position, told=told, steps=standing.steps + (position.step > 0))
            self._tell(standing, report)

        while True:
            evaluate = self.objective(standing.stage, standing.frozen)
            settings = {"steps": self.steps, "stop": self.stop, "on_step": on_step, "due": self._due(standing)}
            try:
                position = standing.position
                if position is None:
                    theta = self.start(standing.restart) if standing.seed is None else standing.seed.theta
                    position = begin(evaluate, self.method, theta, **settings)
                position = proceed(evaluate, self.method, position, **settings)
            except StepFailed as failure:
                if not self._curable(standing, failure):
                    failed = Failed(standing.stage, standing.restart, failure.step, failure.message, failure.remedy)
                    failed = (*standing.failed, failed)
                    return replace(standing, position=None, earlier=standing.best, failed=failed, failure=failure)
                why = FOLDED
            else:
                if position.reason not in PAUSES:
                    return replace(standing, failure=None)
                why = position.reason
            standing = self._renewed(standing, why)

    def _due(self, standing: Standing) -> Due:
        """When the descent should pause for new ground; asked within a descent on the standing's ground."""

        def due(sample: Sample, step: int, stopped: bool) -> str:
            if self.renewal is None:
                return ""
            if (standing.refused < 0 or step >= standing.refused + PATIENCE) and self.renewal.worn(sample):
                return WORN
            return DISAGREES if stopped and not self.renewal.agrees(sample, standing.frozen, standing.stage) else ""

        return due

    def _curable(self, standing: Standing, failure: StepFailed) -> bool:
        position = standing.position
        if self.renewal is None or position is None or position.step in (standing.renewed, standing.refused):
            return False
        return self.renewal.cures(failure.cause)

    def _renewed(self, standing: Standing, why: str) -> Standing:
        """The same design on new ground; on the old one for another `PATIENCE` steps where that fails."""
        position, renewal = standing.position, self.renewal
        assert position is not None and renewal is not None
        started = time.perf_counter()
        frozen = (*standing.frozen, Layer(position.sample.theta, standing.stage))
        theta = renewal.rest(position.sample.theta)
        about: Record = {"why": why, "before": {"loss": position.sample.loss, **standing.told}}
        try:
            sample = renewal.objective(frozen, standing.stage)(theta)
            problem = sample.failure
        except RuntimeFailure as failure:
            sample, problem = position.sample, failure
        if problem is not None:
            about["failed"] = problem.message
            position = judged(position, self.steps, self.stop)
            standing = replace(standing, position=position, refused=position.step)
        else:
            about["number"] = len(frozen)
            position = fresh(sample, self.method, position.step)
            position = judged(position, self.steps, self.stop)
            told = self.describe(sample.report)
            standing = replace(standing, position=position, frozen=frozen, renewed=position.step, refused=-1, told=told)
        self._tell(standing, StepReport(time.perf_counter() - started, 1, ()), remeshed=about)
        return standing

    def _tell(self, standing: Standing, report: StepReport, **more: Any) -> None:
        self.watch(self._record(standing, report) | more, lambda: snapshot(standing))

    def _following(self, standing: Standing) -> Standing | None:
        """The start of the next descent, or None where the campaign is over."""
        if standing.stage == 0 and standing.reason != "stop rule" and standing.restart + 1 < self.restarts:
            return Standing(
                restart=standing.restart + 1, earlier=standing.best, steps=standing.steps, failed=standing.failed
            )
        if _in_vain(standing) or standing.best is None:
            return None
        if standing.stage + 1 < len(self.objectives):
            best = standing.best
            return Standing(
                stage=standing.stage + 1, frozen=best.frozen, seed=best, steps=standing.steps, failed=standing.failed
            )
        return None

    def _record(self, standing: Standing, report: StepReport) -> Record:
        position, best = standing.position, standing.best
        assert position is not None and best is not None
        record: Record = {"stage": standing.stage, "restart": standing.restart, "step": position.step}
        record |= {"loss": position.sample.loss, "best": best.loss, "seconds": report.seconds, "samples": report.samples}
        record |= standing.told
        if report.rejected:
            record["rejected"] = list(report.rejected)
        if position.reason and position.reason not in PAUSES:
            record["end"] = position.reason
        return record

    def _restored(self, resumed: Mapping[str, Any]) -> Standing:
        numbers = resumed["numbers"]
        if numbers["stage"] >= len(self.objectives) or numbers["restart"] >= self.restarts:
            raise DoesNotFit("it has more stages or restarts")
        standing = restored(resumed, self.start(0), self.method)
        if standing.frozen and self.renewal is None:
            raise DoesNotFit("its body was meshed anew")
        position = standing.position
        if position is not None and position.reason == "step limit" and position.step < self.steps:
            standing = replace(standing, position=replace(position, reason=""))
        return standing


def _in_vain(standing: Standing) -> bool:
    """Whether every descent of the present stage failed."""
    return sum(failed.stage == standing.stage for failed in standing.failed) > standing.restart
