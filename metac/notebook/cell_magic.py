"""The cell magic `%%meta`: a cell is a spec, its diagnostics are shown below it, its design or result gets a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from metac.api.design import CELL, Design
from metac.api.rich_output import diagnostics_html
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.dsl.diagnostics.render import render
from metac.dsl.source import Source
from metac.runtime.errors import RuntimeFailure


class Shown:
    """Diagnostics, as text and as HTML."""

    def __init__(self, found: Sequence[Diagnostic]) -> None:
        self._found = found

    def __repr__(self) -> str:
        return render(self._found)

    def _repr_html_(self) -> str:
        return diagnostics_html(self._found)


class CellError(DiagnosticError):
    """A wrong spec: later cells do not run, and no traceback is shown, as it would not be the user's."""

    def _render_traceback_(self) -> list[str]:
        return [render(self.diagnostics).rstrip()]


class RunError(RuntimeError):
    """A run that failed: later cells do not run."""

    def __init__(self, failure: RuntimeFailure) -> None:
        self._failure = failure
        super().__init__(str(failure))

    def _render_traceback_(self) -> list[str]:
        remedy = self._failure.remedy
        return [f"the run failed: {self._failure.message}", *([f"  help: {remedy}"] if remedy else [])]


@magics_class
class SpecMagics(Magics):
    """What `%load_ext metac` adds."""

    @magic_arguments()
    @argument("name", nargs="?", default="design", help="what the design, or with --run its result, is called")
    @argument("--run", action="store_true", help="pursue the goals, and show the result")
    @argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a value of a parameter or field")
    @argument("--seed", type=int, default=0, help="of the run")
    @argument("--out", help="a new folder for what the run makes")
    @cell_magic
    def meta(self, line: str, cell: str) -> None:
        """The cell is a spec. Files that it names are looked for beside the notebook."""
        given = parse_argstring(self.meta, line)
        if not given.name.isidentifier():
            raise UsageError(f"`{given.name}` cannot be the name of a Python variable")
        design = Design(Source(CELL, cell), folder=Path(), name=given.name, overrides=_values(given.set))
        self._checked(design)
        found = self._run(design, given) if given.run else design
        self._shell().user_ns[given.name] = found
        display(found)

    def _checked(self, design: Design) -> None:
        try:
            found = design.diagnostics
        except DiagnosticError as error:
            raise CellError(error.diagnostics) from None
        if any(each.severity == "error" for each in found):
            raise CellError(found)
        if found:
            display(Shown(found))

    def _run(self, design: Design, given: Any) -> Any:
        try:
            return design.run(seed=given.seed, out=given.out, progress=True)
        except DiagnosticError as error:
            raise CellError(error.diagnostics) from None
        except RuntimeFailure as failure:
            raise RunError(failure) from None
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _shell(self) -> InteractiveShell:
        assert self.shell is not None
        return self.shell


def _values(settings: Sequence[str]) -> dict[str, str]:
    """By name, as text of the language."""
    found = {}
    for setting in settings:
        name, sign, value = setting.strip("\"'").partition("=")
        if not (sign and name.strip() and value.strip()):
            raise UsageError(f"--set {setting}: write NAME=VALUE, in quotation marks where there are blanks")
        found[name.strip()] = value.strip()
    return found
