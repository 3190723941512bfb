"""Maps of the targets that designs can be found for, as a surrogate sees them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.model import GenerativeModel, SurrogateModel
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.quick_compilation import quickly_compiled
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.learn.supervised.cvae import CvaeGenerator
from metac.runtime.learn.supervised.surrogate import Surrogate
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.csv_tables import table_bytes
from metac.runtime.search.candidates import Candidates, NothingFound
from metac.runtime.search.draws import Draws, Target
from metac.runtime.search.heat_map import draw_heat_map
from metac.stdlib.studies.proposals import AT_ONCE, NO_STAGES, draws_of, targets_of, theta_of
from metac.stdlib.studies.range_values import values_of
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Study


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """Study: fields as in `atlas.meta`. Raises `FieldError`: M0595 and M0596, see `Search`."""

    vary: Any
    draw: GenerativeModel[CvaeGenerator]
    predict: SurrogateModel[Surrogate]
    labels: Sequence[str]
    values: Any
    sizes: Sequence[Sequence[float]] | None
    count: int
    error: float
    seed: int

    @property
    def steps(self) -> int:
        """Pairs of targets."""
        return len(self._values) ** 2

    @property
    def _values(self) -> NDArray[np.float64]:
        return values_of(self.values)

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Draw for each pair of targets, predict at each size; the result is the best design for the goals as they stand.

        Raises `FieldError`, see the class; NothingFound where no design that can be built is drawn for these goals.
        """
        inputs = single_stage(program, stages, NO_STAGES, "M0596")
        fixed = dict(program.init(jax.random.fold_in(key, 0)))
        sizes = () if self.sizes is None else tuple(tuple(map(float, size)) for size in self.sizes)
        names = self.predict.surrogate.columns.setting_names
        self._check(names, sizes)
        targets = targets_of(self.draw, self.predict, program, inputs)
        missing = {*self.labels} - {target.label for target in targets}
        if missing:
            message = f"no goal matches {', '.join(sorted(missing))}, whose scale and weight would count"
            raise FieldError("labels", message, code="M0596", help=f"add one: `match {min(missing)}(…) to 0 scale 1`")
        draws = draws_of(self.draw, self.predict, program.objects(fixed, inputs), names if sizes else ())
        several = [replace(draws, settings={**draws.settings, **dict(zip(names, size, strict=True))}) for size in sizes]
        found = self._mapped(several or [draws], targets, recorder, resume)
        candidates = self._candidates((several or [draws])[0], targets)
        if not len(candidates.error):
            raise NothingFound(f"none of {candidates.drawn:,} designs can be built", remedy="draw more designs")
        theta = {**fixed, **theta_of(self.vary, program, jnp.asarray(candidates.designs[0], float))}
        report = quickly_compiled(program.evaluate)(theta, inputs)
        return Outcome(
            theta=theta,
            loss=float(report.loss),
            steps=self.steps,
            reason=f"{self.steps:,} pairs of targets, {int(self.count):,} designs each",
            report=report,
            program=program,
            sketches=(self._sketch(*found, names, sizes or ((),)),),
        )

    def _check(self, names: tuple[str, ...], sizes: tuple[tuple[float, ...], ...]) -> None:
        if len(set(self.labels)) != 2:
            raise FieldError("labels", f"a map has two labels, found {list(self.labels)}", code="M0596")
        if any(len(size) != len(names) for size in sizes):
            message = f"a size gives {', '.join(names) or 'nothing'}: these are the settings of the surrogate"
            raise FieldError("sizes", message, code="M0596")

    def _mapped(
        self, draws: list[Draws], targets: tuple[Target, ...], recorder: ProgressRecorder, resume: Mapping[str, Any] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least error, and the share of designs within the error, `[size, first, second]` both."""
        values, done = self._values, 0
        least = np.full((len(draws), len(values), len(values)), np.inf)
        share = np.zeros_like(least)
        if resume is not None:
            least, share = (np.array(resume["arrays"][name]) for name in ("least", "share"))
            done = int(resume["numbers"]["done"])
        for number in range(done, len(values) ** 2):
            started, (first, second) = time.monotonic(), divmod(number, len(values))
            pair = dict(zip(self.labels, (values[first], values[second]), strict=True))
            asked = tuple(replace(target, value=float(pair.get(target.label, target.value))) for target in targets)
            recorder.phase(f"drawing designs for {', '.join(f'{name} = {value:.4g}' for name, value in pair.items())}")
            least[:, first, second], share[:, first, second] = self._judged(draws, asked, number)
            known = least[0, first, second]
            record = {"step": number, "seconds": time.monotonic() - started}
            best = least[0][np.isfinite(least[0])].min(initial=np.inf)
            record |= {"loss": float(known) if np.isfinite(known) else None, "best": float(best)}
            arrays = {"least": least.copy(), "share": share.copy()}
            state = {"arrays": arrays, "numbers": {"done": number + 1}}
            recorder.step(record, lambda state=state: state)
        return least, share

    def _judged(
        self, draws: list[Draws], targets: tuple[Target, ...], number: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """At each size."""
        least, good = np.full(len(draws), np.inf), np.zeros(len(draws))
        for start in range(0, int(self.count), AT_ONCE):
            count, seed = min(AT_ONCE, int(self.count) - start), int(self.seed) + number * int(self.count) + start
            for place, each in enumerate(draws):
                error = each.candidates(targets, count, seed).error
                least[place] = min(least[place], error.min(initial=np.inf))
                good[place] += np.count_nonzero(error <= float(self.error))
        return least, good / int(self.count)

    def _candidates(self, draws: Draws, targets: tuple[Target, ...]) -> Candidates:
        columns = draws.surrogate.columns
        empty = Candidates.empty(columns.features, len(columns.label_names))
        return empty.joined(draws.candidates(targets, min(AT_ONCE, int(self.count)), int(self.seed)), 1)

    def _sketch(
        self,
        least: NDArray[np.float64],
        share: NDArray[np.float64],
        names: tuple[str, ...],
        sizes: tuple[tuple[float, ...], ...],
    ) -> Sketch:
        values, first, second = self._values, *self.labels
        titles = tuple(", ".join(f"{n} = {v:g}" for n, v in zip(names, size, strict=False)) for size in sizes)
        rows: list[Sequence[str]] = [(*names, first, second, "least_error", "share_within")]
        for place, size in enumerate(sizes):
            own = size or (np.nan,) * len(names)
            for i, j in np.ndindex(len(values), len(values)):
                cells = (*own, values[i], values[j], least[place, i, j], share[place, i, j])
                rows.append([f"{cell:.6g}" for cell in cells])
        figure = draw_heat_map(least, values, titles, (first, second), float(self.error))
        arrays = {"least_error": least, "share_within": share, "values": values}
        return Sketch("atlas", "", figure, arrays, files={".csv": table_bytes(rows)})


if TYPE_CHECKING:
    Satisfies[Study](Atlas)
