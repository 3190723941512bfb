"""Objects of the library for tests: made as a spec makes them, with the defaults that their definitions state."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration, elaborate_what_is_sound
from metac.compiler.graph_walk import Bindings
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.definitions import Definition
from metac.compiler.library.imports import open_library
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.object_maker import as_type
from metac.dsl.parser import parse
from metac.dsl.source import Source


@cache
def _empty() -> Elaboration:
    module, findings = parse(Source("<tests>", "let nothing = 0\n")).module, DiagnosticsSink()
    return elaborate_what_is_sound(open_library(module, findings, None), {})


def definition(kind: str, name: str) -> Definition:
    """A definition of the library."""
    found = _empty().library.find(kind, name)
    assert found is not None, f"there is no {kind} {name}"
    return found


def fields(kind: str, name: str, **given: Any) -> dict[str, Any]:
    """The fields of a definition, in internal units: those that are given, and the defaults of the others."""
    asked = definition(kind, name)
    defaults = _empty().objects.definition_body(asked).defaults
    found = dict(given)
    for field in asked.fields.values():
        if field.name not in found and field.name in defaults:
            value = evaluate_expression(defaults[field.name], Bindings(variables=found, reference=_anonymous))
            found[field.name] = as_type(value, field.type, np)
    return found


def make(kind: str, name: str, **given: Any) -> Any:
    """An object of a definition with a Python class, from some of its fields in internal units."""
    return load_class(definition(kind, name))(**fields(kind, name, **given))


def constructor(kind: str, name: str) -> Callable[..., Any]:
    """`make` for one definition."""
    return partial(make, kind, name)


def _anonymous(name: str) -> Any:
    """The object of a default such as `activation = tanh`."""
    node = _empty().objects.nodes.by_name[name]
    return constructor(node.kind, node.definition.name)(
        **{field: evaluate_expression(value, Bindings(reference=_anonymous)) for field, value in node.fields.items()}
    )
