"""Which materials linear elements are too stiff for: those that hardly change their volume, or flow without changing it.

A linear triangle that keeps its volume has hardly a way left to deform, so a mesh of them, and a finer one too, agree on a
stiffness that is too large ("volumetric locking"; Hughes, The Finite Element Method, 2000, section 4.4). Elements of second
order converge there. Plastic flow keeps the volume whatever Poisson's ratio is, so that linear elements may have no limit
load (Nagtegaal, Parks and Rice, Comput. Methods Appl. Mech. Eng. 4, 1974).
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Law, initial_internal_variables, law_tangent
from metac.runtime.fem.dimension import identity

NEARLY_INCOMPRESSIBLE = 10.0
"""Plane bulk over shear modulus from which on linear elements are not trusted alone: ν = 0.45 in plane strain."""


def linear_elements_may_lock(law: Law) -> bool:
    """Whether a value by linear elements is to be compared with one by elements of second order (host, concrete values).

    Of every law with a memory, as it may flow: what a path makes of it is not looked at.
    """
    functions = law.functions
    flows = isinstance(functions, HistoryDependentLaw) and functions.internal_variables > 0
    return flows or bulk_over_shear(law) >= NEARLY_INCOMPRESSIBLE


def bulk_over_shear(law: Law) -> float:
    """The largest plane bulk modulus over shear modulus at rest, of all points of a body (host, concrete values).

    1 / (1 − 2 ν) in plane strain, (1 + ν) / (1 − ν) in plane stress. Infinite where a point has no shear modulus.
    """
    parameters = jnp.broadcast_arrays(*(jnp.atleast_1d(jnp.asarray(each, float)) for each in law.parameters))
    points = parameters[0].shape if parameters else (1,)
    rest = jnp.broadcast_to(identity(PLANE, len(points)), (PLANE, PLANE, *points))
    values = (*parameters, *initial_internal_variables(law.functions, *points))
    tangent = np.asarray(law_tangent(law.functions, rest, values))
    bulk = (tangent[0, 0, 0, 0] + tangent[1, 1, 1, 1] + 2 * tangent[0, 0, 1, 1]) / 4
    shear = (tangent[0, 1, 0, 1] + tangent[0, 1, 1, 0]) / 2
    return float(np.max(np.divide(bulk, shear, out=np.full(bulk.shape, np.inf), where=shear > 0)))
