"""Values that Python programs set in a design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.api.python_functions import NotWritable, written
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError


def taken(values: Mapping[Any, Any]) -> dict[str, Any]:
    """The values as a design keeps them: functions are written down as text of the language.

    Refuses what can be no name or value of a spec, whatever the spec; the rest is checked with the spec.

    Raises:
        DiagnosticError: M0307 for a name that is not a text; M0314 for bytes, for lists that contain themselves, and for
            functions that cannot be written down.
    """
    found, kept = [], dict(values)
    for name, value in values.items():
        if not isinstance(name, str):
            message = f"`{name!r}` is no name of a parameter or field: names are texts"
            found.append(Diagnostic("M0307", message, help='write the name as in the spec: `{"pull.strain": "5 %"}`'))
        elif _endless(value, ()):
            message = f"the value of `{name}` is a list that contains itself, or has more than {DEEPEST} levels"
            found.append(Diagnostic("M0314", message, help='give a number, a text such as "30 kPa", or a list of these'))
        elif _too_large(value):
            message = f"the value of `{name}` holds a whole number beyond the range of floating-point numbers"
            found.append(Diagnostic("M0314", message, help="numbers up to 1.8e308 are possible"))
        elif isinstance(value, (bytes, bytearray, memoryview)):
            message = f"the value of `{name}` is {type(value).__name__}, which has no counterpart in a spec"
            found.append(Diagnostic("M0314", message, help="decode it to a text, or make it an array of numbers"))
        elif callable(value):
            try:
                kept[name] = written(value)
            except NotWritable as problem:
                message = f"the Python function given for `{name}` cannot be a function of the language: {problem}"
                found.append(Diagnostic("M0314", message, help=problem.way_out))
    if found:
        raise DiagnosticError(tuple(found))
    return kept


def _too_large(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_too_large, value))
    return isinstance(value, int) and value.bit_length() > MOST_BITS


MOST_BITS = 1024
"""Of a whole number that can become a floating-point number."""
DEEPEST = 20
"""Levels of lists in a value."""


def _endless(value: Any, outer: tuple[int, ...]) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    if id(value) in outer or len(outer) >= DEEPEST:
        return True
    return any(_endless(item, (*outer, id(value))) for item in value)
