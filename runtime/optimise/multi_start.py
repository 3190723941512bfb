"""The driver of multi-start and continuation: random starts, then stages that continue from the last best."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.optimisation_loop import (
    STEP_LIMIT,
    STOP_RULE,
    LoopState,
    OptimisationLoop,
    PauseCheck,
    StepFailed,
    StepStatistics,
    Stop,
    state_at,
)
from metac.runtime.optimise.optimisation_state import (
    CheckpointContents,
    FailedStart,
    Frozen,
    FrozenParameters,
    OptimisationState,
    Record,
    checkpoint_of,
    state_of,
)
from metac.runtime.optimise.pytree_arrays import DoesNotFit
from metac.runtime.optimise.remeshing import DISAGREES, DISTORTED, INVERTED, PAUSES, Remesher

PATIENCE = 5
"""Steps after which remeshing that failed is tried again: an outline that cannot be meshed moves on."""


@dataclass(frozen=True)
class MultiStart:
    """Optimisation over stages and starts.

    Starts are tried in the first stage, one after the other, until the stop rule holds or all are used; each later stage
    runs once from the best of the stage before. The last stage's best is the result.

    Args:
        objectives: one objective per stage; at least one.
        start: random parameters for a start, by its number from 0.
        method: how a step is made.
        steps: most steps of one start.
        stop: `(loss, step, change) -> bool`, or None.
        restarts: number of starts in the first stage, at least 1.
        describe: what a report adds to a step's record.
        watch: called after every step with its record and a function that gives the checkpoint to resume from.
        remesher: makes a new mesh where the present one is distorted or, at the stop rule, does not agree with a new one;
            None: the mesh stays.
    """

    objectives: Sequence[Evaluator]
    start: Callable[[int], Tree]
    method: Method
    steps: int
    stop: Stop | None = None
    restarts: int = 1
    describe: Callable[[Any], Record] = lambda report: {}
    watch: Callable[[Record, Callable[[], CheckpointContents]], None] = lambda record, checkpoint: None
    remesher: Remesher | None = None

    def run(self, resumed: Mapping[str, Any] | None = None, first: OptimisationState | None = None) -> OptimisationState:
        """The state at the end; `resumed` is a checkpoint of the same optimisation, `first` the state to begin in otherwise.

        Raises:
            StepFailed: if no start of the first stage got past its first evaluation.
            DoesNotFit: if the checkpoint is of another optimisation.
        """
        state = (first or OptimisationState()) if resumed is None else self._resumed(resumed)
        while True:
            state = self._run_start(state)
            following = self._next_start(state)
            if following is None:
                if state.best is None and state.seed is None and state.failure is not None:
                    raise state.failure
                # One start that got to its end makes up for those that did not, in whichever order they came.
                return state if _all_failed(state) else replace(state, failure=None)
            state = following

    def objective(self, stage: int, frozen: Frozen = ()) -> Evaluator:
        """A stage's objective on the mesh that `frozen` leads to.

        Raises:
            RuntimeFailure: where that mesh cannot be made.
        """
        if not frozen:
            return self.objectives[stage]
        assert self.remesher is not None
        return self.remesher.objective(frozen, stage)

    def _run_start(self, state: OptimisationState) -> OptimisationState:
        """The state at the end of the present start, remeshed as often as that takes."""

        def on_step(loop: LoopState, statistics: StepStatistics) -> None:
            nonlocal state
            reported = self.describe(loop.evaluation.report)
            state = replace(state, loop=loop, reported=reported, steps=state.steps + (loop.step > 0))
            self._record_step(state, statistics)

        while True:
            evaluate = self.objective(state.stage, state.frozen)
            loop = OptimisationLoop(evaluate, self.method, self.steps, self.stop, on_step, self._pause_check(state))
            try:
                present = state.loop
                if present is None:
                    theta = self.start(state.restart) if state.seed is None else state.seed.theta
                    present = loop.initial_state(theta)
                present = loop.run(present)
            except StepFailed as failure:
                if not self._fixable(state, failure):
                    return _with_failure(state, failure)
                why = INVERTED
            else:
                if present.reason not in PAUSES:
                    return replace(state, failure=None)
                why = present.reason
            state = self._remeshed(state, why)

    def _pause_check(self, state: OptimisationState) -> PauseCheck:
        """When a loop should pause for a new mesh; asked within a loop on the state's mesh."""

        def pause_check(evaluation: LossEvaluation, step: int, stopped: bool) -> str:
            if self.remesher is None:
                return ""
            due = state.remeshing_failed < 0 or step >= state.remeshing_failed + PATIENCE
            if due and self.remesher.distorted(evaluation):
                return DISTORTED
            return DISAGREES if stopped and not self.remesher.agrees(evaluation, state.frozen, state.stage) else ""

        return pause_check

    def _fixable(self, state: OptimisationState, failure: StepFailed) -> bool:
        """Whether a new mesh, not tried at this step yet, may let the step succeed."""
        loop = state.loop
        if self.remesher is None or loop is None or loop.step in (state.remeshed_at, state.remeshing_failed):
            return False
        return self.remesher.may_fix(failure.cause)

    def _remeshed(self, state: OptimisationState, why: str) -> OptimisationState:
        """The same design on a new mesh; on the old one for another `PATIENCE` steps where that fails."""
        loop, remesher = state.loop, self.remesher
        assert loop is not None and remesher is not None
        started = time.perf_counter()
        frozen = (*state.frozen, FrozenParameters(loop.evaluation.theta, state.stage))
        about: Record = {"why": why, "before": {"loss": loop.evaluation.loss, **state.reported}}
        evaluation = _first_evaluation(remesher, frozen, state.stage, remesher.at_rest(loop.evaluation.theta))
        if isinstance(evaluation, RuntimeFailure):
            about["failed"] = evaluation.message
            state = replace(state, loop=self._with_end(loop), remeshing_failed=loop.step)
        else:
            about["number"] = len(frozen)
            loop = self._with_end(state_at(evaluation, self.method, loop.step))
            reported = self.describe(evaluation.report)
            state = replace(state, loop=loop, frozen=frozen, remeshed_at=loop.step, remeshing_failed=-1, reported=reported)
        self._record_step(state, StepStatistics(time.perf_counter() - started, 1, ()), remeshed=about)
        return state

    def _with_end(self, loop: LoopState) -> LoopState:
        """The state, ended where the stop rule holds or the steps are used up; without a pause."""
        return OptimisationLoop(self.objectives[0], self.method, self.steps, self.stop).with_end(loop)

    def _record_step(self, state: OptimisationState, statistics: StepStatistics, **more: Any) -> None:
        self.watch(_record(state, statistics) | more, lambda: checkpoint_of(state))

    def _next_start(self, state: OptimisationState) -> OptimisationState | None:
        """The state before the next start or stage, or None where the optimisation is over."""
        common = {"steps": state.steps, "failed": state.failed}
        if state.stage == 0 and state.reason != STOP_RULE and state.restart + 1 < self.restarts:
            return OptimisationState(restart=state.restart + 1, earlier=state.best, **common)
        best = state.best
        if _all_failed(state) or best is None or state.stage + 1 >= len(self.objectives):
            return None
        return OptimisationState(stage=state.stage + 1, frozen=best.frozen, seed=best, **common)

    def _resumed(self, resumed: Mapping[str, Any]) -> OptimisationState:
        """The state of a checkpoint; raises DoesNotFit where it is of another optimisation."""
        numbers = resumed["numbers"]
        if numbers["stage"] >= len(self.objectives) or numbers["restart"] >= self.restarts:
            raise DoesNotFit("it has more stages or restarts")
        state = state_of(resumed, self.start(0), self.method)
        if state.frozen and self.remesher is None:
            raise DoesNotFit("its body was remeshed")
        loop = state.loop
        if loop is not None and loop.reason == STEP_LIMIT and loop.step < self.steps:
            state = replace(state, loop=replace(loop, reason=""))
        return state


def _first_evaluation(remesher: Remesher, frozen: Frozen, stage: int, theta: Tree) -> LossEvaluation | RuntimeFailure:
    """On the new mesh, or why there is none."""
    try:
        evaluation = remesher.objective(frozen, stage)(theta)
    except RuntimeFailure as failure:
        return failure
    return evaluation if evaluation.failure is None else evaluation.failure


def _with_failure(state: OptimisationState, failure: StepFailed) -> OptimisationState:
    """The state after a start that could not continue."""
    failed = FailedStart(state.stage, state.restart, failure.step, failure.message, failure.remedy)
    return replace(state, loop=None, earlier=state.best, failed=(*state.failed, failed), failure=failure)


def _record(state: OptimisationState, statistics: StepStatistics) -> Record:
    """A step's line of the history."""
    loop, best = state.loop, state.best
    assert loop is not None and best is not None
    record: Record = {"stage": state.stage, "restart": state.restart, "step": loop.step}
    record |= {"loss": loop.evaluation.loss, "best": best.loss}
    record |= {"seconds": statistics.seconds, "evaluations": statistics.evaluations}
    record |= state.reported
    if statistics.rejected:
        record["rejected"] = list(statistics.rejected)
    if loop.reason and loop.reason not in PAUSES:
        record["end"] = loop.reason
    return record


def _all_failed(state: OptimisationState) -> bool:
    """Whether every start of the present stage failed."""
    return sum(failed.stage == state.stage for failed in state.failed) > state.restart
