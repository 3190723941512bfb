"""Which way the facets of a plane mesh look: turned so that the body lies to their left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

if TYPE_CHECKING:
    from metac.runtime.mesh.mesh import Mesh


class InnerFacet(Exception):
    """A facet lies between two elements, so that it has no outer side; or no element has it."""


def outward(mesh: Mesh, facets: Int[np.ndarray, "facet node"]) -> Int[np.ndarray, "facet node"]:
    """The facets `[facet, 2 or 3]` (first, last, middle) with the body on the left: (dy, −dx) points out of it.

    Raises:
        InnerFacet: where a facet is not on the boundary.
    """
    edges = np.concatenate([mesh.cells[:, list(local[:2])] for local in mesh.element.facets]).astype(np.int64)
    keys = np.sort(edges[:, 0] * len(mesh.nodes) + edges[:, 1])
    ahead = facets[:, 0].astype(np.int64) * len(mesh.nodes) + facets[:, 1]
    back = facets[:, 1].astype(np.int64) * len(mesh.nodes) + facets[:, 0]
    same, turned = (np.isin(each, keys) for each in (ahead, back))
    if (same == turned).any():
        raise InnerFacet("a facet is between two elements, or of none")
    return np.where(turned[:, None], facets[:, [1, 0, *range(2, facets.shape[1])]], facets)
