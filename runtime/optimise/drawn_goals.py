"""Goals of designs that were drawn at random: values and targets, what they say together, tables and a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import QUIET, SOLID, blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]
HEADINGS = ("goal", "draws", "mean", "standard deviation", "least", "greatest", "share met", "R2", "MAE")
SAME = 1e-3
"""Spread of targets, of the largest, below which they are taken for one."""
PANELS = 4
"""Goals that a figure shows, the first ones."""


@runtime_checkable
class Matched(Protocol):
    """A goal that was evaluated, and what it should reach; None where it should only be small or large."""

    @property
    def target(self) -> Any:
        """Of the shape of its value."""
        ...

    @property
    def met(self) -> Any:
        """Whether it was reached; None where nothing can be missed."""
        ...


@dataclass(frozen=True)
class DrawnGoals:
    """What designs reached; NaN for those that could not be simulated."""

    names: tuple[str, ...]
    """Of goals, then of requirements."""
    loss: Numbers
    """`[draw]`."""
    value: Numbers
    """`[draw, goal]`: a number; of a curve or tensor the largest deviation from its target."""
    target: Numbers
    """`[draw, goal]`: what a number is matched to; NaN where there is no such thing."""
    met: Numbers
    """`[draw, goal]`: 1, 0, or NaN where nothing can be missed."""

    @classmethod
    def empty(cls, names: tuple[str, ...], draws: int) -> DrawnGoals:
        """Nothing drawn yet."""
        loss, numbers = np.full(draws, np.nan), np.full((draws, len(names)), np.nan)
        return cls(names, loss, numbers, numbers.copy(), numbers.copy())

    def take(self, draw: int, evaluation: Any) -> None:
        """Note what a design reached."""
        self.loss[draw] = float(evaluation.loss)
        for place, each in enumerate((*evaluation.goals.values(), *evaluation.requirements.values())):
            single = np.ndim(each.value) == 0
            self.value[draw, place] = float(each.value if single else each.deviation)
            if single and isinstance(each, Matched) and each.target is not None:
                self.target[draw, place] = float(each.target)
            if each.met is not None:
                self.met[draw, place] = float(each.met)

    def arrays(self) -> dict[str, Numbers]:
        """To be saved."""
        return {name: getattr(self, name).copy() for name in ("loss", "value", "target", "met")}

    @classmethod
    def read(cls, names: tuple[str, ...], arrays: Mapping[str, Numbers], draws: int) -> DrawnGoals:
        """The inverse of `arrays`, with room for further draws."""
        found = cls.empty(names, draws)
        for name, known in found.arrays().items():
            count = min(len(arrays[name]), len(known))
            getattr(found, name)[:count] = arrays[name][:count]
        return found

    @property
    def known(self) -> NDArray[np.bool_]:
        """`[draw]`: those that could be simulated."""
        return np.isfinite(self.loss)

    def summary(self) -> list[list[str]]:
        """A row a goal, below the headings."""
        return [list(HEADINGS), *(self._row(place, name) for place, name in enumerate(self.names))]

    def _row(self, place: int, name: str) -> list[str]:
        rows = self.known & np.isfinite(self.value[:, place])
        value, target, met = (each[rows, place] for each in (self.value, self.target, self.met))
        if not len(value):
            return [name, "0", *[""] * (len(HEADINGS) - 2)]
        aimed, judged = np.isfinite(target).all(), np.isfinite(met).all()
        error = value - target
        numbers = [value.mean(), value.std(), value.min(), value.max()]
        more = [
            f"{met.mean():.6g}" if judged else "",
            f"{1 - (error**2).mean() / target.var():.6g}" if aimed and _differ(target) else "",
            f"{np.abs(error).mean():.6g}" if aimed else "",
        ]
        return [name, str(len(value)), *(f"{number:.6g}" for number in numbers), *more]

    def words(self) -> list[str]:
        """The first goals in words: how often they are met, R²."""
        found = []
        for name, _, mean, *_, met, r2, _ in self.summary()[1 : PANELS + 1]:
            said = [f"mean {float(mean):.4g}"] if mean else ["no value"]
            said += [f"met by {100 * float(met):.3g} %"] if met else []
            said += [f"R² {float(r2):.4g}"] if r2 else []
            found.append(f"`{name}`: {', '.join(said)}")
        return found

    def table(self) -> list[list[str]]:
        """A row a draw, below the headings."""
        headings = ["draw", "loss"]
        for name in self.names:
            headings += [name, f"{name}, target", f"{name}, met"]
        rows = [headings]
        for draw in range(len(self.loss)):
            cells = [float(draw + 1), self.loss[draw]]
            for place in range(len(self.names)):
                cells += [self.value[draw, place], self.target[draw, place], self.met[draw, place]]
            rows.append(["" if np.isnan(cell) else f"{cell:.9g}" for cell in cells])
        return rows

    def figure(self, title: str) -> Figure:
        """What is matched to something that differs over what it is matched to, all else as a histogram."""
        count = max(1, min(PANELS, len(self.names)))
        with styled():
            figure = blank((3.4 * count, 3.6))
            figure.suptitle(title)
            for place, axes in enumerate(figure.subplots(1, count, squeeze=False)[0][: len(self.names)]):
                rows = self.known & np.isfinite(self.value[:, place])
                value, target = self.value[rows, place], self.target[rows, place]
                if len(value) and _differ(target):
                    ends = [min(value.min(), target.min()), max(value.max(), target.max())]
                    axes.plot(ends, ends, color=QUIET, linewidth=0.8)
                    axes.plot(target, value, ".", color=SOLID, markersize=5)
                    axes.set(xlabel="target", ylabel="value")
                else:
                    axes.hist(value, bins=20, color=SOLID)
                    axes.set(xlabel="value", ylabel="draws")
                axes.set_title(self.names[place])
        return figure


def _differ(target: Numbers) -> bool:
    """Whether targets differ so much from draw to draw that values can be compared with them."""
    return bool(np.isfinite(target).all() and target.std() > SAME * np.abs(target).max())
