"""A study without goals: cells moved along directions in a latent space, decoded and homogenised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.dataset import CellDataset
from metac.compiler.interfaces.direction import Direction
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.model import LatentModel
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.compiler.interfaces.values import Range
from metac.stdlib.models.decoded_cells import data_of, decoder_of, require_same_size, require_same_solid
from metac.stdlib.studies.range_values import values_of
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.latent import LatentSpace
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Continuable, Study
    from metac.runtime.learn.autoencoders.traversal import CellReader, MovedCells, Trend
    from metac.runtime.optimise.outcome import Outcome

CODE = "M0609"
FEWEST_STEPS, MOST_STEPS = 3, 101


class Traversals(NamedTuple):
    """What a run has found."""

    starts: NDArray[np.float64]
    """`[cell, latent]`."""
    moved: list[MovedCells]
    """Of each direction, by all steps."""
    trends: list[list[Trend]]
    """Of each direction, all properties."""
    page: MovedCells
    """`[row, column]` of the page."""
    validation: bool
    """Whether the latent space was not trained on these cells."""


class Traverse:
    """Study: fields as in `traverse.meta`.

    Raises `FieldError` M0609: directions that are none or more than two, or of another latent space; steps that leave no
    trend; nothing that says what decoded cells are made of, or something that is not what the model's cells are made of.
    """

    steps = 0
    """It takes none."""

    def __init__(
        self,
        *,
        model: LatentModel,
        along: Sequence[Direction],
        steps: Range[float],
        data: CellDataset | None,
        cells: int,
        shown: int,
        threshold: float,
        seed: int,
    ) -> None:
        self.model, self.along = model, tuple(along)
        self.cells, self.shown, self.threshold, self.seed = int(cells), int(shown), float(threshold), int(seed)
        self._require_directions()
        self.distances = _distances(steps)
        self.data = data_of(model, data, CODE)

    def run(
        self,
        program: StudyProgram,
        key: Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
        handed: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Move, decode and homogenise cells; nothing of the design changes. A run of seconds, which is begun again where it
        was interrupted. Raises `FieldError`, see the class."""
        import jax

        from metac.runtime.optimise.outcome import Outcome

        del resume
        inputs = single_stage(program, stages, "a traversal has no use for stages", CODE, "along")
        recorder.phase("moving cells through the latent space")
        found = self.traversed()
        theta = program.init(jax.random.fold_in(key, 0)) if handed is None else handed
        report = program.evaluate(theta, inputs)
        sketches = (self._sketch(found),)
        reason = "; ".join(self._judged(found))
        return Outcome(theta, float(report.loss), 0, reason, report=report, program=program, sketches=sketches)

    def traversed(self) -> Traversals:
        """All decoded cells, and what is said of them. Raises `FieldError`, see the class."""
        from metac.runtime.learn.autoencoders.traversal import PROPERTIES, CellReader, trend

        space = self.model.space
        require_same_size(space, self.data, CODE)
        reader = CellReader(decoder_of(space), self.data.homogenised, self.threshold)
        chosen, validation = self._chosen(space)
        starts = np.asarray(space.latents, float)[chosen]
        self._require_same_solid(reader, starts, np.asarray(space.stiffness)[chosen])
        moved = [reader.moved(starts, steps) for steps in self._steps(starts)]
        trends = [[trend(self.distances, each, name) for name in PROPERTIES] for each in moved]
        return Traversals(starts, moved, trends, self._page(reader, starts, moved), validation)

    def _chosen(self, space: LatentSpace) -> tuple[NDArray[np.int64], bool]:
        """Numbers of the cells to be moved, and whether the latent space was not trained on them."""
        held = np.asarray(space.validation)
        among = held if held.size else np.arange(len(space.latents))
        return np.random.default_rng(self.seed).permutation(among)[: self.cells], bool(held.size)

    def _page(self, reader: CellReader, starts: NDArray[np.float64], moved: Sequence[MovedCells]) -> MovedCells:
        """`[row, column]`: some cells along one direction, or one along two, the second upwards."""
        if len(self.along) == 1:
            return moved[0].first(self.shown)
        across, up = (steps[0] for steps in self._steps(starts[:1]))
        return reader.moved(starts[0] + up[::-1], across)

    def _steps(self, starts: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """`[cell, step, latent]` for each direction: how far each cell is moved."""
        return [self.distances[:, None] * each.at(starts)[:, None] for each in self.along]

    def _require_directions(self) -> None:
        if not 1 <= len(self.along) <= 2:
            message = f"a page has one direction or two, found {len(self.along)}"
            raise FieldError("along", message, code=CODE, help="write a study for each direction")
        if any(each.model is not self.model for each in self.along):
            message = "this direction is one of another latent space than `model`"
            raise FieldError("along", message, code=CODE, help="make the direction of the same model")

    def _require_same_solid(self, reader: CellReader, starts: NDArray[np.float64], known: NDArray[np.float64]) -> None:
        """The cells where they are, decoded, against what is known of their stiffness."""
        found = reader.moved(starts, np.zeros((1, starts.shape[1]))).stiffness[:, 0, 0]
        require_same_solid(self.model, self.data, found, known[:, 0], CODE)

    def _judged(self, found: Traversals) -> list[str]:
        """For people: of each direction the property that it is judged by."""
        which = "cells that the latent space was not trained on" if found.validation else "cells, which it may be trained on"
        own = [next(one for one in trends if one.property == each.of) for each, trends in self._with(found.trends)]
        return [f"{len(found.starts)} {which}", *(one.words() for one in own)]

    def _with(self, items: list[list[Trend]]) -> list[tuple[Direction, list[Trend]]]:
        return list(zip(self.along, items, strict=True))

    def _sketch(self, found: Traversals) -> Any:
        from metac.runtime.learn.autoencoders.traversal_plots import plot_moved
        from metac.runtime.report.drawings import Sketch
        from metac.runtime.runs.csv_tables import table_bytes

        columns = [f"{step:+.3g}" for step in self.distances]
        names = [f"direction {number} ({each.of})" for number, each in enumerate(self.along, start=1)]
        if len(self.along) == 1:
            rows, across = [f"cell {number}" for number in range(1, len(found.page.solid) + 1)], f"steps along {names[0]}"
        else:
            rows, across = columns[::-1], f"a cell moved along {names[0]} to the right, along {names[1]} upwards"
        figure = plot_moved(found.page, rows, columns, across, "\n".join(self._judged(found)))
        files = {".csv": table_bytes(self._table(found)), "-trends.csv": table_bytes(self._trend_table(found))}
        return Sketch("page", "", figure, {"vectors": np.stack([each.at(found.starts) for each in self.along])}, files=files)

    def _table(self, found: Traversals) -> list[list[str]]:
        """All decoded cells, those of the page of two directions included."""
        from metac.runtime.learn.autoencoders.traversal import NAMES

        numbers = [f"step along {number}" for number in range(1, len(self.along) + 1)]
        rows = [["cell", *numbers, *(f"{name} (MPa)" for name in NAMES), "one piece"]]
        for place, moved in enumerate(found.moved):
            for cell in range(len(found.starts)):
                for step, distance in enumerate(self.distances):
                    at = [distance if other == place else 0.0 for other in range(len(self.along))]
                    rows.append(_row(cell + 1, at, moved, (cell, step)))
        if len(self.along) == 2:
            for row, upwards in enumerate(self.distances[::-1]):
                for column, distance in enumerate(self.distances):
                    rows.append(_row(1, [distance, upwards], found.page, (row, column)))
        return rows

    def _trend_table(self, found: Traversals) -> list[list[str]]:
        from metac.runtime.learn.autoencoders.traversal import HEADINGS

        rows = [["direction", "judged by", *HEADINGS]]
        for number, (each, trends) in enumerate(self._with(found.trends), start=1):
            rows += [[str(number), each.of, *one.texts()] for one in trends]
        return rows


def _row(cell: int, at: Sequence[float], moved: MovedCells, place: tuple[int, int]) -> list[str]:
    numbers = [*(f"{step:.6g}" for step in at), *(f"{value:.6g}" for value in moved.stiffness[place])]
    return [str(cell), *numbers, "yes" if moved.one_piece[place] else "no"]


def _distances(steps: Range[float]) -> NDArray[np.float64]:
    found = values_of(steps)
    if not FEWEST_STEPS <= len(found) <= MOST_STEPS:
        message = f"a trend needs {FEWEST_STEPS} to {MOST_STEPS} different steps, these are {len(found)}"
        raise FieldError("steps", message, code=CODE, help="write `steps = -2 .. 2 by 0.5`")
    return found


if TYPE_CHECKING:
    Satisfies[Study](Traverse)
    Satisfies[Continuable](Traverse)
