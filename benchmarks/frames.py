"""Unit cells of beams: stiffness and Poisson's ratio under both loads of many designs of 4 by 4 nodes, on this machine.

Run `python benchmarks/frames.py [designs]`. Processor time besides wall time, since machines are busy. Pahlavani et al.
report 5.4e-4 s for their finite elements and 2.4e-5 s for their neural network, both on 18 cores.
"""

from __future__ import annotations

import sys
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.beams.batched_properties import DESIGNS_PER_GROUP, NetworkFamily, effective_properties
from metac.runtime.beams.beam_element import BeamMaterial
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.precision import enable_double_precision

NETWORKS = NetworkFamily(NodeGrid(4, 4), spacing=7.5, width=1.0, material=BeamMaterial(0.6, 0.3, 10.0))


def main() -> None:
    """Print a line."""
    enable_double_precision()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 65536
    random = np.random.default_rng(0)
    designs = (random.random((count // DESIGNS_PER_GROUP, NETWORKS.grid.edge_count, DESIGNS_PER_GROUP)) < 0.6) * 1.0

    @jax.jit
    def label_all(designs: jax.Array) -> jax.Array:
        return jax.lax.map(partial(effective_properties, NETWORKS, NETWORKS.grid), designs)

    given = jnp.asarray(designs)
    found = np.asarray(label_all(given))
    wall, processor = time.perf_counter(), time.process_time()
    label_all(given).block_until_ready()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    each = len(designs) * DESIGNS_PER_GROUP
    print(
        f"{each:,} designs, both loads: {1e6 * wall / each:.1f} µs each, {1e6 * processor / each:.1f} µs of processor time"
    )
    print(f"{each / processor:,.0f} designs a processor second; largest residual {found[:, -1].max():.1e}")


if __name__ == "__main__":
    main()
