"""Whether what the objects of a design give is what their definitions promise; shapes only, so within a trace too."""

from __future__ import annotations

from typing import Any, cast, get_type_hints

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np

from metac.compiler import graph
from metac.compiler.interfaces.load import Load
from metac.compiler.interfaces.response import Continued, Response
from metac.compiler.interfaces.status import LoadStatus
from metac.compiler.interfaces.values import Curve
from metac.compiler.library.class_shape import shape_of
from metac.compiler.library.conformance import member_problem
from metac.compiler.library.interface_members import lacks, members_of, protocols_of
from metac.compiler.lower.implementation import LIBRARY
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

_ARRAYS = {name: getattr(jaxtyping, name) for name in ("Float", "Int", "Bool", "Shaped")} | {"Array": jax.Array}
"""What annotations of interfaces mention and import for type checkers only."""

NUMBERS = (jax.Array, np.ndarray, np.generic, float, int, complex)
"""What arrays may be made of."""


def require_geometry(node: graph.Node, given: object) -> None:
    """M0579 where what a generator's `at` gives is not what bodies of its form take."""
    for protocol in protocols_of(node.definition.kind, node.definition.form)[1:]:
        expected = get_type_hints(protocol.at, localns=_ARRAYS)["return"]
        problem = _unlike(given, expected)
        if problem is not None:
            form = node.definition.form
            raise wrong(node, f"`at` of a `{form}` {node.kind} {problem}", _first_line(protocol.at.__doc__))


def _unlike(given: object, expected: Any) -> str | None:
    if isinstance(expected, type) and issubclass(expected, jaxtyping.AbstractArray):
        if isinstance(given, expected):
            return None
        return f"gives an array {expected.dtype.__name__.lower()} `[{expected.dim_str}]`, found {shown(given)}"
    problem = misfit(given, expected)
    return None if problem is None else f"gives a {expected.__name__}, found {shown(given)} {problem}"


def misfit(given: object, protocol: Any) -> str | None:
    """`without method …`, or `whose method … cannot be called as …`, where an object does not fulfil a protocol."""
    missing = lacks(given, protocol)
    if missing is not None:
        return f"without {'method' if missing.signature is not None else 'attribute'} {missing}"
    if type(given).__module__.startswith(LIBRARY):
        return None
    shape = shape_of(type(given))
    methods = (each for each in members_of(protocol) if each.signature is not None and each.name in shape.methods)
    problem = next((found for each in methods if (found := member_problem(shape, each)) is not None), None)
    return None if problem is None else f"whose {problem}"


def require_value(node: graph.Node, given: object) -> None:
    """M0579 where a measure's `value` is not of the type that its definition gives."""
    kind = node.definition.gives
    match kind:
        case types.CurveType():
            right, wanted = isinstance(given, Curve), "a `Curve` (metac.compiler.interfaces.values)"
        case types.NumberType():
            right, wanted = _is_real(given, ()), "a real number, an array without axes"
        case types.TensorType():
            shape = tuple(kind.shape)
            right, wanted = _is_real(given, shape), f"an array of real numbers of shape {shape}"
        case _:
            return
    if not right:
        raise wrong(node, f"the definition gives {kind}: `value` must be {wanted}, found {shown(given)}", "")


def require_parameters(node: graph.Node, given: object) -> None:
    """M0579 where what a generator's `init` gives is no pytree of arrays."""
    for leaf in jax.tree.leaves(given):
        if not isinstance(leaf, NUMBERS):
            raise wrong(node, f"`init` gives a pytree of arrays, found {shown(leaf)} in it", "")


def status_of(node: graph.Node, load: Load) -> LoadStatus:
    """The status of a load's response; M0579 where the response has none, or one that cannot be judged."""
    response = load.response
    if (problem := misfit(response, Response)) is not None:
        message = f"`response` must have a `status`, found {shown(response)} {problem}"
        raise wrong(node, message, "see compiler/interfaces/response.py")
    status = response.status
    if (problem := misfit(status, LoadStatus)) is not None:
        message = f"`response.status` must be a `LoadStatus`, found {shown(status)} {problem}"
        raise wrong(node, message, LoadStatus.__doc__ or "")
    for leaf in jax.tree.leaves(status):
        if not isinstance(leaf, NUMBERS):
            message = f"`response.status` must be a pytree of arrays, found {shown(leaf)} in it"
            raise wrong(node, message, "register its class: `@jax.tree_util.register_dataclass`")
    return status


def start_of(node: graph.Node, load: Load) -> Any:
    """What the load of a neighbouring design may start from; M0579 where the response has none."""
    response = load.response
    if (missing := lacks(response, Continued)) is not None:
        message = f"the class starts warm, and `response` has no {missing}, found {shown(response)}"
        raise wrong(node, message, "see `WarmStartable` in compiler/interfaces/load.py")
    return cast(Continued, response).start


def _is_real(given: Any, shape: tuple[int, ...]) -> bool:
    if not isinstance(given, NUMBERS) or np.shape(given) != shape:
        return False
    return not jnp.issubdtype(jnp.result_type(given), jnp.complexfloating)


def shown(given: object) -> str:
    """What was found, in words."""
    if isinstance(given, jax.Array | np.ndarray | jax.ShapeDtypeStruct):
        return f"an array of shape {given.shape} and type {given.dtype}"
    return f"a `{type(given).__name__}`"


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


def wrong(node: graph.Node, message: str, note: str) -> DiagnosticError:
    """M0579 at a node and at its class."""
    definition = node.definition
    labels = (Label(node.span), Label(definition.python_span or definition.span, "its class"))
    found = Diagnostic("M0579", f"`{node.name}` does not give what `{definition.name}` promises: {message}", labels)
    return DiagnosticError((Diagnostic(found.code, found.message, labels, (note,) if note else ()),))
