"""Unit cells of beams: stiffness and Poisson's ratio under both loads of many designs of 4 by 4 nodes, on this machine.

Run `python benchmarks/frames.py [designs]`. Processor time besides wall time, since machines are busy. Pahlavani et al.
report 5.4e-4 s for their finite elements and 2.4e-5 s for their neural network, both on 18 cores.
"""

from __future__ import annotations

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.beams.element import Substance
from metac.runtime.beams.grid_frame import lateral_strain, make_beams, pulled_by_lines
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.precision import enable_double_precision

GRID, SPACING = NodeGrid(4, 4), 7.5
SUBSTANCE = Substance(0.6, 0.3, 10.0)
BATCH = 64
"""Designs at once: what they need stays in a core's cache."""


def label(widths: Array) -> Array:
    """`[value, design]`: E11, ν12, E22, ν21 and both residuals of designs `[edge, design]`."""
    beam = make_beams(GRID, jnp.asarray(GRID.positions(SPACING))[..., None], widths, SUBSTANCE)
    values = []
    for axis in (0, 1):
        found = pulled_by_lines(GRID, beam, axis)
        ratio = -lateral_strain(GRID, found.displacement, axis, 1.0)
        values += [found.force / SUBSTANCE.depth, ratio, found.residual]
    return jnp.stack(values)


def main() -> None:
    """Print a line."""
    enable_double_precision()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 65536
    random = np.random.default_rng(0)
    designs = (random.random((count // BATCH, GRID.edge_count, BATCH)) < 0.6) * 1.0

    @jax.jit
    def label_all(designs: Array) -> Array:
        return jax.lax.map(label, designs)

    given = jnp.asarray(designs)
    found = np.asarray(label_all(given))
    wall, processor = time.perf_counter(), time.process_time()
    label_all(given).block_until_ready()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    each = len(designs) * BATCH
    print(
        f"{each:,} designs, both loads: {1e6 * wall / each:.1f} µs each, {1e6 * processor / each:.1f} µs of processor time"
    )
    print(f"{each / processor:,.0f} designs a processor second; largest residual {found[:, [2, 5]].max():.1e}")


if __name__ == "__main__":
    main()
