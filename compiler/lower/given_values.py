"""Whether what the objects of a design give is what their definitions promise; shapes only, so within a trace too."""

from __future__ import annotations

from typing import Any, get_type_hints

import jax
import jaxtyping
import numpy as np

from metac.compiler import graph
from metac.compiler.interfaces.load import Load
from metac.compiler.interfaces.response import Response
from metac.compiler.interfaces.status import Status
from metac.compiler.interfaces.values import Curve
from metac.compiler.library.conformance import lacks, protocols_of
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

_ARRAYS = {name: getattr(jaxtyping, name) for name in ("Float", "Int", "Bool", "Shaped")} | {"Array": jax.Array}
"""What annotations of interfaces mention and import for type checkers only."""

_NUMBERS = (jax.Array, np.ndarray, np.generic, float, int, complex)


def require_geometry(node: graph.Node, given: object) -> None:
    """M0579 where what a generator's `at` gives is not what bodies of its form take."""
    for protocol in protocols_of(node.definition.kind, node.definition.form)[1:]:
        expected = get_type_hints(protocol.at, localns=_ARRAYS)["return"]
        problem = _unlike(given, expected)
        if problem is not None:
            form = node.definition.form
            raise _wrong(node, f"`at` of a `{form}` {node.kind} {problem}", _first_line(protocol.at.__doc__))


def _unlike(given: object, expected: Any) -> str | None:
    if isinstance(expected, type) and issubclass(expected, jaxtyping.AbstractArray):
        if isinstance(given, expected):
            return None
        return f"gives an array {expected.dtype.__name__.lower()} `[{expected.dim_str}]`, found {_shown(given)}"
    missing = lacks(given, expected)
    if missing is None:
        return None
    sort = "method" if missing.signature is not None else "attribute"
    return f"gives a {expected.__name__}, found {_shown(given)} without {sort} {missing}"


def require_value(node: graph.Node, given: object) -> None:
    """M0579 where a measure's `value` is not of the type that its definition gives."""
    kind = node.definition.gives
    match kind:
        case types.CurveType():
            right, wanted = isinstance(given, Curve), "a `Curve` (metac.compiler.interfaces.values)"
        case types.NumberType():
            right, wanted = _shape(given) == (), "a number, an array without axes"
        case types.TensorType():
            shape = tuple(kind.shape)
            right, wanted = _shape(given) == shape, f"an array of shape {shape}"
        case _:
            return
    if not right:
        raise _wrong(node, f"the definition gives {kind}: `value` must be {wanted}, found {_shown(given)}", "")


def require_parameters(node: graph.Node, given: object) -> None:
    """M0579 where what a generator's `init` gives is no pytree of arrays."""
    for leaf in jax.tree.leaves(given):
        if not isinstance(leaf, _NUMBERS):
            raise _wrong(node, f"`init` gives a pytree of arrays, found {_shown(leaf)} in it", "")


def status_of(node: graph.Node, load: Load) -> Status:
    """The status of a load's response; M0579 where the response has none, or one that cannot be judged."""
    response = load.response
    if (missing := lacks(response, Response)) is not None:
        raise _wrong(node, f"`response` has no {missing}, found {_shown(response)}", "see compiler/interfaces/response.py")
    if (missing := lacks(response.status, Status)) is not None:
        raise _wrong(node, f"`response.status` has no {missing}, found {_shown(response.status)}", Status.__doc__ or "")
    return response.status


def _shape(given: Any) -> tuple[int, ...] | None:
    try:
        return np.shape(given)
    except (TypeError, ValueError):
        return None


def _shown(given: object) -> str:
    if isinstance(given, jax.Array | np.ndarray):
        return f"an array of shape {given.shape} and type {given.dtype}"
    return f"a `{type(given).__name__}`"


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


def _wrong(node: graph.Node, message: str, note: str) -> DiagnosticError:
    definition = node.definition
    labels = (Label(node.span), Label(definition.python_span or definition.span, "its class"))
    found = Diagnostic("M0579", f"`{node.name}` does not give what `{definition.name}` promises: {message}", labels)
    return DiagnosticError((Diagnostic(found.code, found.message, labels, (note,) if note else ()),))
