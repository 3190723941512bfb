"""metac: a modelling language and compiler for the inverse design of mechanical metamaterials.

    import metac

    design = metac.load("sheet.meta")                 # or metac.compile("…the text of a spec…")
    result = design.set(nu_target=-0.3).run(seed=0)   # result.goals, .history, .theta, .body, .plot(), .save("runs/a")
    result = metac.open("runs/a")                     # a finished run, from its folder
    program = design.program()                        # pure JAX functions, for a loop of your own

Everything is imported when it is first used: `import metac` itself takes no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metac.api.design import Design, compile, load
    from metac.api.opening import open
    from metac.api.result import Result
    from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
    from metac.runtime.errors import RuntimeFailure

__version__ = "0.1.0"

__all__ = ["Design", "Diagnostic", "DiagnosticError", "Result", "RuntimeFailure", "compile", "load", "open"]

_HOMES = {
    "Design": "metac.api.design",
    "Diagnostic": "metac.dsl.diagnostics.diagnostic",
    "DiagnosticError": "metac.dsl.diagnostics.diagnostic",
    "Result": "metac.api.result",
    "RuntimeFailure": "metac.runtime.errors",
    "compile": "metac.api.design",
    "load": "metac.api.design",
    "load_ipython_extension": "metac.notebook.extension",
    "open": "metac.api.opening",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'metac' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
