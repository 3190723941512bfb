"""Effective stiffness: loss and gradient of one 32×32 cell; data sets of 50×50 cells, general and mirrored; on this machine.

Run `python benchmarks/homogenise.py [cells]`. Medians of wall time and, since machines are busy, of processor time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.grid.quarter import QuarterCell
from metac.runtime.precision import enable_double_precision


def stiffness(lattice: PeriodicLattice, density: Array) -> Array:
    """Of phases with E = 1 and 100 MPa, ν = 0.3, plane stress."""
    unit = jnp.asarray(isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True)))
    return effective_stiffness(lattice, (1 + 99 * density.reshape(-1))[:, None, None] * unit)[0]


def measured(function: Callable[[], Any], repetitions: int) -> tuple[float, float]:
    """Median wall and processor time, s; the first call compiles and does not count."""
    jax.block_until_ready(function())
    walls, processors = [], []
    for _ in range(repetitions):
        wall, processor = time.perf_counter(), time.process_time()
        jax.block_until_ready(function())
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    """Print both figures."""
    enable_double_precision()
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    random = np.random.default_rng(0)
    target = jnp.array([[50.0, 12, 0], [12, 60, -3], [0, -3, 15]])
    lattice = PeriodicLattice(32, 32, 1.0, 1.0)
    density = jnp.asarray(random.uniform(size=(32, 32)))
    loss = jax.jit(jax.value_and_grad(lambda x: jnp.sum((stiffness(lattice, x) - target) ** 2)))
    wall, processor = measured(lambda: loss(density), 30)
    print(f"32×32, loss and gradient: {1e3 * wall:.1f} ms ({1e3 * processor:.1f} ms of processor time)")

    large = PeriodicLattice(50, 50, 1.0, 1.0)
    pictures = jnp.asarray(random.integers(0, 2, (cells, 50, 50)), float)
    data_set = jax.jit(jax.vmap(lambda x: stiffness(large, x)))
    wall, processor = measured(lambda: data_set(pictures), 3)
    print(f"50×50, {cells} cells: {cells / wall:.0f} cells/s ({1e3 * processor / cells:.1f} ms of processor time a cell)")

    unit = isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True))
    quarter = QuarterCell(25, 25, tuple((float(a), float(b), float(c)) for a, b, c in unit))
    moduli = (1.0 + 99.0 * random.integers(0, 2, (cells, 25, 25))).astype(np.float64)
    wall, processor = measured(lambda: quarter.homogenise(moduli).stiffness, 3)
    print(
        f"50×50, mirrored at both mid-lines, one process: {cells / wall:.0f} cells/s with derivatives "
        f"({1e3 * processor / cells:.1f} ms of processor time a cell)"
    )


if __name__ == "__main__":
    main()
