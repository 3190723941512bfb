"""Stream functions with the symmetry of a plane group (Mirramezani et al., ICLR 2025, theorems 1 and 2).

The paper symmetrises the divergence-free field Λh. In the plane that field is the rotated gradient of h, and the operator
Γ becomes an average of h itself over the operations, taken with the sign of their determinants: an isometry A takes the
rotated gradient of ψ to det A times that of ψ∘A⁻¹. One scalar then gives field and envelope alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class GroupWaves:
    """The torus features ρ(B⁻¹φx) for all operations φ at once, as linear combinations of a few waves.

    φ maps fractional coordinates by integer matrices, so the cosine and sine of 2π(φu)ᵢ are those of 2π k·u with k a row of
    such a matrix, turned by the phase of φ's translation. Two or three wave vectors k serve a whole group.
    """

    vectors: Float[np.ndarray, "wave 2"]
    """`[wave, 2]`: Cartesian wave vectors 2π k B⁻¹, rad/mm."""
    combinations: Float[np.ndarray, "operation feature features"]
    """`[operation, feature, 2·wave]`: the four features (cos, sin of each coordinate) from all cosines, then all sines."""
    signs: Float[np.ndarray, " operation"]
    """`[operation]`: determinants, +1 or −1."""

    @classmethod
    def of(
        cls,
        basis: NDArray[np.float64],
        rotations: NDArray[np.int64],
        translations: NDArray[np.float64],
        determinants: NDArray[np.int64],
    ) -> GroupWaves:
        """From a group's lattice vectors (rows, mm) and its operations in fractional coordinates."""
        waves: list[tuple[int, ...]] = []
        for row in rotations.reshape(-1, rotations.shape[-1]).tolist():
            if tuple(row) not in waves and _reversed(row) not in waves:
                waves.append(tuple(row))
        combinations = np.zeros((len(rotations), 2 * rotations.shape[1], 2 * len(waves)))
        for number, (rotation, translation) in enumerate(zip(rotations.tolist(), translations, strict=True)):
            for axis, row in enumerate(rotation):
                same = tuple(row) in waves
                wave = waves.index(tuple(row) if same else _reversed(row))
                sign = 1.0 if same else -1.0
                cosine, sine = np.cos(2 * np.pi * translation[axis]), np.sin(2 * np.pi * translation[axis])
                combinations[number, 2 * axis, [wave, len(waves) + wave]] = cosine, -sign * sine
                combinations[number, 2 * axis + 1, [wave, len(waves) + wave]] = sine, sign * cosine
        # numpy's @ treats the rows k as u is treated: k·u = k·(x B⁻¹) for the row vector x.
        vectors = 2 * np.pi * np.array(waves) @ np.linalg.inv(basis).T
        return cls(vectors, combinations, determinants.astype(np.float64))


def _reversed(wave: Sequence[int]) -> tuple[int, ...]:
    return tuple(-number for number in wave)


def stream(
    network: Callable[[Array], Array], waves: GroupWaves, points: Float[Array, "2 point"], time: Array
) -> tuple[Float[Array, " point"], Float[Array, "2 point"]]:
    """The symmetrised network: value `[point]` and Cartesian gradient `[2, point]` (1/mm) at `points[2, point]` (mm).

    `network` maps `[5, image]`, the four features and the time, to `[image]`. The gradient with respect to the waves is one
    reverse pass for all points; from the waves to the points it is written out.
    """
    angles = jnp.asarray(waves.vectors) @ points
    cosines, sines = jnp.cos(angles), jnp.sin(angles)
    count = points.shape[1]

    def average(wave_values: Array) -> Array:
        features = jnp.einsum("gfw,wp->fgp", waves.combinations, wave_values).reshape(4, -1)
        times = jnp.broadcast_to(jnp.asarray(time, features.dtype), (1, features.shape[1]))
        images = network(jnp.concatenate([features, times])).reshape(-1, count)
        return jnp.asarray(waves.signs) @ images / len(waves.signs)

    value, pull_back = jax.vjp(average, jnp.concatenate([cosines, sines]))
    by_cosine, by_sine = jnp.split(pull_back(jnp.ones_like(value))[0], 2)
    return value, jnp.asarray(waves.vectors.T) @ (by_sine * cosines - by_cosine * sines)


def rotated(gradient: Float[Array, "2 point"]) -> Float[Array, "2 point"]:
    """The velocity `(∂ψ/∂y, −∂ψ/∂x)` of a stream function's gradient `[2, point]`."""
    return jnp.stack([gradient[1], -gradient[0]])
