"""Which stiffnesses a stock of cells offers: the signed distance from the edge of their cloud (Wang et al., section 5.1).

Properties are C11, C12, C22, C66 over those of the solid (C11 for C12 too). Nodes of a Cartesian grid around the cloud are
inside where a cell is near; gaps of a node are closed. The distance is positive inside, multilinear between nodes, and falls
evenly outside of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Float
from scipy import ndimage
from scipy.spatial import KDTree

NODES = 22
"""Along each property."""
MARGIN = 2
"""Steps of the grid beyond the cloud."""
REACH = 1.0
"""Steps between nodes up to which a cell is near."""


@dataclass(frozen=True, eq=False)
class PropertyRegion:
    """Sampled signed distance."""

    distance: Float[np.ndarray, "c11 c12 c22 c66"]
    lower: Float[np.ndarray, " 4"]
    upper: Float[np.ndarray, " 4"]

    @classmethod
    def of(cls, properties: Float[np.ndarray, "cell 4"]) -> PropertyRegion:
        """Of the cells with these properties, over the solid's."""
        least, most = properties.min(axis=0), properties.max(axis=0)
        step = np.maximum(most - least, 1e-6) / (NODES - 1 - 2 * MARGIN)
        lower, upper = least - MARGIN * step, most + MARGIN * step
        axes = np.meshgrid(*(np.linspace(a, b, NODES) for a, b in zip(lower, upper, strict=True)), indexing="ij")
        nodes = np.stack(axes, axis=-1) / step
        near = KDTree(properties / step).query(nodes.reshape(-1, len(step)), distance_upper_bound=REACH)[0]
        inside = (near <= REACH).reshape(nodes.shape[:-1])
        inside |= ndimage.binary_closing(inside, ndimage.generate_binary_structure(len(step), 1))
        within, beyond = (np.asarray(ndimage.distance_transform_edt(part, sampling=step)) for part in (inside, ~inside))
        return cls(within - beyond, lower, upper)

    def signed_distance(self, properties: Float[Array, "*cell 4"]) -> Float[Array, " *cell"]:
        """How far inside; differentiable."""
        inside = jnp.clip(properties, self.lower, self.upper)
        places = (inside - self.lower) / (self.upper - self.lower) * (NODES - 1)
        found = map_coordinates(jnp.asarray(self.distance), list(jnp.moveaxis(places, -1, 0)), order=1, mode="nearest")
        # Not the norm, whose derivative does not exist where nothing is outside.
        return found - jnp.sum(jnp.abs(properties - inside), axis=-1)
