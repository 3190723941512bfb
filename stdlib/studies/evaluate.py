"""A study that changes nothing: goals of designs that are drawn at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Generator
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.drawn_goals import DrawnGoals
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Amendable, Study


COMPARED = 16
"""Draws that are looked at before anything is evaluated."""


class Evaluate:
    """Fields as in `evaluate.meta`. Draw n depends on the run's key and on n alone.

    Raises:
        FieldError: M0599 on `vary`, when it runs, where every draw would be the same, or there are several stages.
    """

    may_change: ClassVar[tuple[str, ...]] = ("draws",)
    """Fields that may change when a run is resumed."""

    def __init__(self, *, vary: Sequence[Generator], draws: int) -> None:
        self.vary, self.draws = tuple(vary), int(draws)

    @property
    def steps(self) -> int:
        """One a draw."""
        return self.draws

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Evaluate every draw; those that cannot be simulated are noted, and left out of what is said of all.

        Raises `FieldError`, see the class; RuntimeFailure where no draw can be simulated.
        """
        inputs = single_stage(program, stages, "draws have no use for stages", "M0599")
        names, fixed = {program.name_of(each) for each in self.vary}, program.init(jax.random.fold_in(key, 0))

        def drawn(draw: int) -> Any:
            made = program.init(jax.random.fold_in(key, draw))
            return {name: made[name] if name in names else each for name, each in fixed.items()}

        self._check_differ(drawn)
        evaluate = jax.jit(program.evaluate)
        shapes = jax.eval_shape(program.evaluate, fixed, inputs)
        goals, first = (*shapes.goals, *shapes.requirements), 0
        found, failure = DrawnGoals.empty(goals, self.draws), None
        if resume is not None:
            found, first = DrawnGoals.read(goals, resume["arrays"], self.draws), int(resume["numbers"]["done"])
        for draw in range(first, self.draws):
            evaluation = evaluate(drawn(draw), inputs)
            problem = first_failure(evaluation)
            failure = failure or problem
            if problem is None and np.isfinite(float(evaluation.loss)):
                found.take(draw, evaluation)
            told = {} if problem is None else {"failed": problem.message}
            record = {"step": draw + 1, "loss": _number(found.loss[draw]), **told, **describe(evaluation)}
            state = {"arrays": found.arrays(), "numbers": {"done": draw + 1}}
            recorder.step(record, lambda state=state: state)
        if not found.known.any():
            raise failure or RuntimeFailure("no draw has a finite loss", remedy="look at the values of the goals")
        best = drawn(int(np.nanargmin(found.loss)))
        return self._outcome(program, best, evaluate(best, inputs), found)

    def _outcome(self, program: StudyProgram, theta: Any, report: Any, found: DrawnGoals) -> Outcome:
        failed = int((~found.known).sum())
        left = [f"{failed} could not be simulated"] if failed else []
        files = {".csv": table_bytes(found.table()), "-goals.csv": table_bytes(found.summary())}
        title = f"{self.draws:,} draws"
        sketch = Sketch("draws", "", found.figure(title), found.arrays(), files=files)
        known = {"report": report, "program": program, "sketches": (sketch,)}
        return Outcome(theta, float(report.loss), self.draws, "; ".join([title, *left, *found.words()]), **known)

    def _check_differ(self, drawn: Any) -> None:
        # Two draws of a few things may be the same one.
        first, *others = (jax.tree.leaves(drawn(draw)) for draw in range(COMPARED))
        if all(np.array_equal(one, other) for leaves in others for one, other in zip(first, leaves, strict=True)):
            raise FieldError(
                "vary",
                "every draw would be the same: what is drawn does not depend on the run's seed",
                code="M0599",
                help="write `sweep seed in 0 .. 49 by 1` for a generator with a seed of its own",
            )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


if TYPE_CHECKING:
    Satisfies[Study](Evaluate)
    Satisfies[Amendable](Evaluate)
