"""Pictures of cells with their elastic constants, homogenised in worker processes, in chunks that are cached at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.datasets.chunks import Chunks
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.workers import open_workers
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli

if TYPE_CHECKING:
    from jax import Array

CHUNKS = "chunks"
CHUNK_SIZE = 64
"""Pictures in a chunk."""
ACCURATE = 1e-8
"""Relative residual of the solves up to which a stiffness counts."""
CONSTANTS = {"E11": "MPa", "E22": "MPa", "nu12": "", "nu21": "", "G12": "MPa", "volume_fraction": ""}
"""Names and units of what is known of each picture, as goals call them."""


@dataclass(frozen=True)
class Homogenised:
    """`young` (MPa) and `poisson` of the solid, in plane stress or, if not `stress`, in plane strain; the void is softer by
    `contrast`. `order` of the elements, one a pixel."""

    young: float
    poisson: float
    stress: bool
    contrast: float
    order: int

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @property
    def solid(self) -> NDArray[np.float64]:
        """`[3, 3]`: stiffness of the solid, MPa."""
        return isotropic_stiffness(*plane_moduli(self.young, self.poisson, stress=self.stress))


class LabelledPictures(NamedTuple):
    """Pictures, and what was computed of them."""

    pictures: NDArray[np.uint8]
    """`[picture, row, column]`: 1 for solid."""
    constants: NDArray[np.float64]
    """`[picture, constant]`: `CONSTANTS`, internal units."""
    left_out: int
    """Pictures whose solves are not accurate."""


def label_pictures(
    pictures: NDArray[np.uint8], how: Homogenised, folder: Path, title: str, processes: int
) -> LabelledPictures:
    """The constants of `pictures[picture, row, column]`, 1 for solid; `folder` caches the chunks.

    Raises:
        Interrupted: if the user wants to stop; finished chunks stay cached.
        SamplingFailed: if no solve is accurate, chunks cannot be written, or a worker process ended.
    """
    chunks = Chunks(folder / CHUNKS, title)
    parts = [pictures[start : start + CHUNK_SIZE] for start in range(0, len(pictures), CHUNK_SIZE)]
    names = [f"pictures-{number:05d}" for number in range(len(parts))]
    found = [chunks.cached(name) for name in names]
    missing = [number for number, chunk in enumerate(found) if chunk is None]
    if missing:
        with open_workers(min(processes, len(missing))) as workers:
            for number, made in workers.run(constants_of, [(how, parts[number]) for number in missing]):
                found[missing[number]] = made
                chunks.save(names[missing[number]], made)
                done = sum(len(part) for part, chunk in zip(parts, found, strict=True) if chunk is not None)
                present_watch().phase(f"making {title}: {done:,} of {len(pictures):,}")
    whole = [chunk for chunk in found if chunk is not None]
    constants, residual = (np.concatenate([chunk[name] for chunk in whole]) for name in ("constants", "residual"))
    fine = (residual <= ACCURATE) & np.isfinite(constants).all(axis=1)
    if not fine.any():
        raise SamplingFailed(
            f"none of {title} can be homogenised: the least residual is {np.min(residual):.2g}",
            remedy="take a smaller `contrast`, or look at the pictures",
        )
    return LabelledPictures(pictures[fine], constants[fine], int((~fine).sum()))


def constants_of(how: Homogenised, pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """`constants[picture, constant]` and `residual[picture]` of a chunk; runs in a worker process."""
    import jax

    jax.config.update("jax_enable_x64", True)
    homogenise = _homogenisation(how, pictures.shape[1:])
    rows = [homogenise(picture) for picture in pictures.astype(np.float64)]
    return {"constants": np.array([row[:-1] for row in rows]), "residual": np.array([row[-1] for row in rows])}


@lru_cache
def _homogenisation(how: Homogenised, pixels: Sequence[int]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Compiled: `[row, column]`, 1 for solid, to the constants and the largest residual."""
    import jax
    import jax.numpy as jnp

    from metac.runtime.grid import elasticity
    from metac.runtime.grid.homogenise import effective_stiffness
    from metac.runtime.grid.lattice import PeriodicLattice

    rows, columns = pixels
    lattice = PeriodicLattice(rows, columns, float(columns), float(rows), how.order)
    solid, void = how.solid, how.solid / how.contrast

    def constants(density: Array) -> Array:
        stiffness, residual = effective_stiffness(lattice, jnp.asarray(void) + density.reshape(-1, 1, 1) * (solid - void))
        moduli = [elasticity.youngs_modulus(stiffness, angle) for angle in (0.0, np.pi / 2)]
        ratios = [elasticity.poisson_ratio(stiffness, angle) for angle in (0.0, np.pi / 2)]
        shear = elasticity.shear_modulus(stiffness, 0.0)
        return jnp.stack([*moduli, *ratios, shear, density.mean(), residual.max()])

    compiled = jax.jit(constants)
    return lambda density: np.asarray(compiled(density))
