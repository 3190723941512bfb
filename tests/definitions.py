"""Objects of the library as specs make them: fields that are not given have the defaults of their definitions.

made = make("optimiser", "adam", rate=0.1)
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from metac.compiler.constant_values import Unknown, evaluate
from metac.compiler.diagnostics_sink import Findings
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.scope import Scope
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.lookup import Folders, Library
from metac.dsl import ast


@cache
def _defaults(kind: str, name: str) -> dict[str, Any]:
    findings = Findings()
    definition = Library(Folders(findings)).find(kind, name)
    assert definition is not None, f"the library has no {kind} {name}"
    expressions, scope, values = Expressions(findings), Scope(), {}
    for field in definition.fields.values():
        if field.optional:
            values[field.name] = None
        elif isinstance(field.default, ast.Expression):
            try:
                values[field.name] = evaluate(expressions.require(field.default, scope, field.type, field.name))
            except (Unknown, AttributeError, TypeError):
                continue  # an object, or an expression of other fields: to be given
    return values


def fields(kind: str, name: str, **given: Any) -> dict[str, Any]:
    """The fields of a definition, in internal units: those that are given, and defaults that are plain values."""
    return {**_defaults(kind, name), **given}


def make(kind: str, name: str, **given: Any) -> Any:
    """An object of the definition's Python class; defaults that are objects themselves must be given."""
    definition = Library(Folders(Findings())).find(kind, name)
    assert definition is not None
    return load_class(definition)(**fields(kind, name, **given))


def constructor(kind: str, name: str) -> Callable[..., Any]:
    """`make` for one definition."""
    return partial(make, kind, name)
