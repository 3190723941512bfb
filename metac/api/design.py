"""A design: a spec with values set from outside, which can be changed and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.api.compilation import Compilation
from metac.api.values import taken
from metac.dsl.files import read_source
from metac.dsl.source import Source

if TYPE_CHECKING:
    from metac.api.result import Result
    from metac.runtime.runs.progress import Progress


CELL = "<cell>"
"""What diagnostics call the text of a notebook's cell."""


def load(path: str | Path) -> Design:
    """The design of a spec file. Nothing is checked yet; see `Design.diagnostics`.

    >>> design = metac.load("cell.meta")
    >>> [found.message for found in design.diagnostics]
    []

    Raises:
        DiagnosticError: if the file cannot be read as a text.
    """
    return Design(read_source(path), folder=Path(path).parent)


def compile(text: str, /, **values: Any) -> Design:
    """The design of a spec that is given as text; `values` set its parameters, by value and never by pasting text.

    >>> design = metac.compile("param radius: Length\\nlet area = pi * radius^2", radius="3 cm")
    >>> design.overrides
    {'radius': '3 cm'}
    >>> [(found.code, found.message) for found in metac.compile("let x = 1 mm + 1 s").diagnostics]
    [('M0404', 'a length and a time cannot be added')]

    Raises:
        TypeError: if it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"the text of a spec is a str, not {type(text).__name__}; a file is read by `metac.load(path)`")
    design = Design(Source("<text>", text), folder=Path())
    return design.set(values) if values else design


class Design(Compilation):
    """A spec with values set from outside. Immutable: `set` gives another design.

    Every stage of the compilation is computed when it is first asked for, and then stored.
    """

    def __repr__(self) -> str:
        changed = "".join(f", {name}={value!r}" for name, value in self.overrides.items())
        shown = self.name if self.source.name == CELL else self.source.name
        return f"<metac design {shown}{changed}>"

    def _repr_html_(self) -> str:
        from metac.api.rich_output import design_html

        return design_html(self)

    def set(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Design:
        """The same design with other values.

        >>> design = metac.load("cell.meta")
        >>> design.set(wanted=12).set({"field.pixels": [4, 4], "cell.size": "2 mm"})
        <metac design cell.meta, wanted=12, field.pixels=[4, 4], cell.size='2 mm'>

        Names are parameters, or a field of a declaration with a dot. A text is read as an expression of the language,
        with its unit, for a parameter of type `Text` as it is; a number, list or array is taken as it is, in internal
        units (mm, N, MPa, s, radian). A Python function that JAX can trace stands for a parameter whose type is a
        function of numbers, in the same units; it is written down as text of the language, operation by operation.

        Raises:
            DiagnosticError: M0307 for a name that is not a text, M0314 for a value that has no counterpart in a spec.
        """
        return self._with({**self.overrides, **taken({**(values or {}), **named})}, self.chosen)

    def choose(self, chosen: Mapping[str, int]) -> Design:
        """The same design at certain values of its sweeps, by their places in the lists, from 0."""
        return self._with(self.overrides, {**self.chosen, **chosen})

    def _with(self, overrides: Mapping[str, Any], chosen: Mapping[str, int]) -> Design:
        return type(self)(
            self.source, folder=self.folder, overrides=overrides, chosen=chosen, name=self.name, imported=self.kept
        )

    def run(
        self,
        *,
        seed: int = 0,
        out: str | Path | None = None,
        progress: Progress | bool | None = None,
        refinement: float = 2.0,
        figures: Sequence[str] = (),
    ) -> Result:
        """Pursue the goals.

        >>> result = metac.load("cell.meta").run(seed=0)
        >>> result.met, sorted(result.goals)
        (True, ['stiffness(rve)[1, 1]', 'volume_fraction(cell) <= 0.7'])

        Args:
            seed: of all random numbers, from 0 to 2^32 - 1.
            out: a new folder for history, checkpoints and results; with None everything stays in memory.
            progress: shows the progress of the run: True for lines on stderr, or an object with the methods of
                `metac.runtime.runs.progress.Progress`; nothing by default.
            refinement: how much finer the fresh mesh of the final check is; at least 1.
            figures: formats of figures in the folder beside PNG: "svg", "pdf".

        Raises:
            DiagnosticError: where the spec is wrong.
            RuntimeFailure: if the run fails.
            TypeError: if `progress` is no progress display, or `seed` no whole number.
            ValueError: for a format of figures that is not known, a seed outside 0 .. 2^32 - 1, a refinement below 1.
        """
        from metac.api.execution import execute
        from metac.api.progress import display_of
        from metac.runtime.report.formats import checked_formats

        if not 0 <= index(seed) < 2**32:
            raise ValueError(f"a seed is a whole number from 0 to {2**32 - 1}, not {seed}")
        if not 1 <= refinement < inf:
            raise ValueError(f"the fresh mesh is finer than that of the run: `refinement` is at least 1, not {refinement}")
        return execute(
            self,
            seed=index(seed),
            out=Path(out) if out is not None else None,
            progress=display_of(progress),
            refinement=refinement,
            figures=checked_formats(figures),
        )
