"""Draw docs/elastic_networks.png: how one pruned network answers at several rates and temperatures.

python docs/draw_elastic_networks.py
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from metac.runtime.precision import enable_double_precision
from metac.runtime.springs.dynamics import Schedule, Trajectory, compressed
from metac.runtime.springs.equilibrium import strained_states
from metac.runtime.springs.network import SpringNetwork
from metac.runtime.springs.network_files import read_network

ROOT = Path(__file__).parents[1]
NETWORK = ROOT / "tests" / "runtime" / "springs" / "data" / "pruned.npz"
ANGLE, MASS, DAMPING, INTERVAL, SNAPSHOTS = 0.01, 100.0, 10.0, 1e-3, 100
RATES = {1e-4: 4, 1e-5: 20, 1e-6: 200, 1e-7: 2000}
"""With time steps between snapshots."""
TEMPERATURES = 0.0, 1e-13, 1e-11, 1e-9, 1e-7


def network() -> SpringNetwork:
    """100 nodes, 202 bonds."""
    found = read_network(NETWORK)
    connections, ones = found.connections, jnp.ones(len(found.connections.bonds))
    arrays = (jnp.asarray(each) for each in (connections.box, connections.bonds, connections.images))
    return SpringNetwork(jnp.asarray(found.positions), *arrays, ones, jnp.asarray(found.factors))


def trajectory(of: SpringNetwork, rate: float, substeps: int, temperature: float) -> Trajectory:
    """100 snapshots of a compression along x."""
    return compressed(
        of,
        angle_stiffness=ANGLE,
        mass=MASS,
        damping=DAMPING,
        temperature=temperature,
        interval=INTERVAL,
        between=INTERVAL / (rate * of.box[0]),
        key=jax.random.key(0),
        schedule=Schedule(axis=0, snapshots=SNAPSHOTS, substeps=substeps, free=True),
    )


def main() -> None:
    """Draw it."""
    enable_double_precision()
    found = network()
    figure = Figure(figsize=(10.0, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for rate, substeps in RATES.items():
        strains = np.asarray(trajectory(found, rate, substeps, 0.0).box / found.box)[1:] - 1
        left.plot(-100 * strains[:, 0], -strains[:, 1] / strains[:, 0], label=f"rate {rate:.0e}")
    still = strained_states(found, ANGLE, jnp.linspace(-1e-4, -9e-3, 20), 0)
    left.plot(-100 * still.strain, -still.lateral / still.strain, "k--", label="quasi-static")
    left.set(xlabel="strain / %", ylabel="Poisson's ratio of the box")
    left.legend(fontsize=8)
    for temperature in TEMPERATURES:
        steps = np.diff(np.asarray(trajectory(found, 1e-5, RATES[1e-5], temperature).positions), axis=0)
        complexity = np.hypot(*np.moveaxis(np.diff(steps, axis=0), 2, 0)).mean(axis=1)
        right.semilogy(np.arange(2, SNAPSHOTS + 1), complexity, label=f"T = {temperature:.0e}" if temperature else "T = 0")
        print(f"T = {temperature:.0e}: complexity {complexity[0]:.2e} at first, {complexity[-20:].mean():.2e} at the end")
    right.set(xlabel="snapshot", ylabel="complexity (rate 1e-5)")
    right.legend(fontsize=8)
    figure.savefig(ROOT / "docs" / "elastic_networks.png", dpi=110)


if __name__ == "__main__":
    main()
