"""Whether a material of a class from outside the library gives a law: shapes only, so within a trace too."""

from __future__ import annotations

from typing import Any, cast

import jax
import jax.numpy as jnp

from metac.compiler import graph
from metac.compiler.interfaces.material import HistoryDependent, Material, PlaneFunctions, SpatialFunctions
from metac.compiler.library.interface_members import protocols_of
from metac.compiler.lower.given_values import NUMBERS, misfit, shown, wrong
from metac.compiler.lower.implementation import LIBRARY

POINTS = 3
"""At how many points a law is asked."""
LAWS = ((PlaneFunctions, 2, ("energy2", "stress2", "tangent2")), (SpatialFunctions, 3, ("energy", "stress", "tangent")))
"""By the protocol: the dimension, and the methods whose results have no, two and four components axes."""


def require_law(node: graph.Node, made: object) -> None:
    """M0579 where a material's `functions` is no law, or none of its `parameters`; other objects pass."""
    if type(made).__module__.startswith(LIBRARY) or Material not in protocols_of(node.definition.kind, None):
        return
    functions, parameters = cast(Material, made).functions, cast(Material, made).parameters
    if not isinstance(parameters, tuple) or not all(isinstance(each, NUMBERS) for each in parameters):
        raise wrong(node, f"`parameters` must be a tuple of numbers, found {shown(parameters)}", "")
    if isinstance(functions, type) or type(functions).__hash__ is None:
        message = f"`functions` must be an object that can be hashed, as it is static in a trace, found {shown(functions)}"
        raise wrong(node, message, "make one object for the law, outside of the class")
    if type(functions).__module__.startswith(LIBRARY):
        return
    laws = [law for law in LAWS if misfit(functions, law[0]) is None]
    if not laws:
        problem = misfit(functions, PlaneFunctions)
        raise wrong(node, f"`functions` must be a law, found {shown(functions)} {problem}", _purpose(PlaneFunctions))
    for _, dimension, names in laws:
        _require_shapes(node, functions, parameters, dimension, names)


def _require_shapes(
    node: graph.Node, functions: object, parameters: tuple[Any, ...], dimension: int, names: tuple[str, ...]
) -> None:
    count = functions.internal_variables if isinstance(functions, HistoryDependent) else 0
    given = (*parameters, *(jnp.zeros(POINTS) for _ in range(count)))
    rest = jnp.broadcast_to(jnp.eye(dimension)[..., None], (dimension, dimension, POINTS))
    for order, name in enumerate(names):
        shape = (dimension,) * 2 * order + (POINTS,)
        found = jax.eval_shape(lambda F, given, name=name: getattr(functions, name)(F, given), rest, given)
        if getattr(found, "shape", None) != shape or not jnp.issubdtype(found.dtype, jnp.floating):
            wanted = f"an array of shape {shape} for `F` of shape {rest.shape}"
            raise wrong(node, f"`functions.{name}` must give {wanted}, found {shown(found)}", "")


def _purpose(protocol: type) -> str:
    return (protocol.__doc__ or "").strip().partition("\n")[0]
