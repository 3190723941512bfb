"""Elasto-plastic pixels: loss and gradient of one stress-strain curve along 20 increments, on this machine.

Run `python benchmarks/elasto_plastic.py [pixels] [increments]`; 32 and 20 unless given. The problem is that of Xu et al.,
section 3.4: phases of E = 1 and 100 GPa that yield at 30 and 300 MPa without hardening, a sheet of 1 mm pulled to 1 %. The
loss is the mean square of what its curve misses. Medians of wall time and, since machines are busy, of processor time: from
rest, and from the equilibria of a neighbouring design as within a run.
"""

from __future__ import annotations

import resource
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from homogenise import measured
from jax import Array
from scipy.ndimage import gaussian_filter

from metac.runtime.fem.status import describe
from metac.runtime.precision import enable_double_precision
from metac.stdlib.bodies.pixels import Pixels
from metac.stdlib.loads.responses import MechanicalResponse
from metac.stdlib.loads.uniaxial import Tension
from metac.stdlib.materials.j2 import J2

REPETITIONS = 7
PHASES = (
    J2(E=1e3, nu=0.3, yield_stress=30.0, hardening=0.0, hardening_exponent=None, hardening_strain=None),
    J2(E=1e5, nu=0.3, yield_stress=300.0, hardening=0.0, hardening_exponent=None, hardening_strain=None),
)


def picture(pixels: int) -> Array:
    """`[row, column]`: smooth patches of both phases, grey where they meet."""
    noise = gaussian_filter(np.random.default_rng(0).normal(size=(pixels, pixels)), 2.0, mode="wrap")
    return jnp.asarray((np.tanh(10 * noise / noise.std()) + 1) / 2)


def pulled(density: Array, increments: int, start: Any = None) -> Tension:
    """The sheet between smooth grips."""
    body = Pixels(density=density, size=1.0, height=None, materials=PHASES, exponent=1.0, order=1, thickness=1.0)
    load = Tension(body=body, strain=0.01, along="y", increments=increments, clamp="neither")
    return load if start is None else load.starting_from(start)


def main() -> None:
    """Print the figures."""
    enable_double_precision()
    pixels, increments = (int(sys.argv[k]) if len(sys.argv) > k else default for k, default in ((1, 32), (2, 20)))
    density = picture(pixels)

    def loss(density: Array, start: Any) -> tuple[Array, Any]:
        response = pulled(density, increments, start).response
        assert isinstance(response, MechanicalResponse)
        return jnp.mean((response.mean_stress[:, 1, 1] - 150.0) ** 2), (response.status, response.start)

    evaluate = jax.jit(jax.value_and_grad(loss, has_aux=True))
    rest = jax.jit(lambda: pulled(density, increments).rest)()
    (_, (status, start)), _ = evaluate(density, rest)
    print(describe(status, f"{pixels}×{pixels} pixels"))
    wall, processor = measured(lambda: evaluate(density, rest), REPETITIONS)
    print(f"loss and gradient, {increments} increments, from rest: {wall:.2f} s ({processor:.2f} s of processor time)")

    changed = jnp.clip(density + 0.01 * jnp.sin(jnp.arange(density.size)).reshape(density.shape), 0, 1)
    (_, (status, _)), _ = evaluate(changed, start)
    wall, processor = measured(lambda: evaluate(changed, start), REPETITIONS)
    print(f"the same from a neighbour's equilibria: {wall:.2f} s ({processor:.2f} s of processor time); {describe(status)}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
