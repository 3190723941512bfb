"""Learned simulators of networks of springs: loaded, taken from the cache, or trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models.simulator_fields import Simulates, SimulatorFields
from metac.stdlib.models.simulator_writing import RATIOS, SCORES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.runtime.learn.simulators.judgement import Judgement


class BuiltSimulator(NamedTuple):
    """What is known of a simulator."""

    simulator: Any
    judgement: Judgement | None
    """By the networks of `judge`."""


def built_of(asked: SimulatorFields[Any]) -> BuiltSimulator:
    """The trained simulator: that of `weights`, that of the cache, or a new one; judged where there is a `judge`."""
    simulator = asked.simulator()
    return BuiltSimulator(simulator, asked.judgement(simulator))


class LearnedSimulator(Generic[Simulates]):
    """What models of form `simulator` share; `simulator` is the trained one.

    Raises `FieldError`: M0585 where the fields make no training, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0594 where it cannot learn from the data set or be judged by another.
    """

    def __init__(self, fields: SimulatorFields[Simulates], built: BuiltSimulator | None) -> None:
        self.fields, self._built = fields, built

    @property
    def simulator(self) -> Simulates:
        """The trained simulator."""
        return self._made.simulator

    @property
    def _made(self) -> BuiltSimulator:
        assert self._built is not None, "made without what `build` gives"
        return self._built

    @property
    def content(self) -> dict[str, Any]:
        """What the simulator is: the hash of its weights."""
        return {"sha256": str(self.card["sha256"])}

    @cached_property
    def card(self) -> dict[str, Any]:
        """What is known of it: conditions, range of what it learned from, spectral radius."""
        return self.fields.card

    def prepare(self) -> None:
        """Show how well it does; `build` has trained it."""
        from metac.runtime.report.table import lines

        headings, *rows = self._table
        present_watch().note("\n".join(lines(headings, rows)))

    def figure(self, title: str) -> Figure:
        """Poisson's ratios of rollouts over those of the dynamics, of `judge`, or else of its own test packings."""
        from metac.runtime.learn.simulators.judgement import draw_parity

        return draw_parity(self.arrays(), title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Ratios `[network, snapshot]` of dynamics and rollouts, and the snapshots; see `figure`."""
        if (judgement := self._made.judgement) is not None:
            return judgement.arrays()
        with np.load(self.fields.folder / RATIOS, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def files(self) -> dict[str, bytes]:
        """Its scores as CSV."""
        from metac.runtime.runs.csv_tables import table_bytes

        return {f"-{SCORES}": table_bytes(self._table)}

    @cached_property
    def _table(self) -> list[list[str]]:
        from metac.runtime.runs.csv_tables import table_rows

        rows = table_rows((self.fields.folder / SCORES).read_text(encoding="utf-8"))
        judgement = self._made.judgement
        return rows if judgement is None else [*rows, *judgement.rows("judge")]
