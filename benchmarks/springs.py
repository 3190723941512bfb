"""Networks of springs: jamming, removals, elastic constants, equilibria, dynamics; beside LAMMPS where it is installed.

    python benchmarks/springs.py [--nodes 100] [--network FILE.npz] [--step 0.1]

Processor time of one thread after compilation. With LAMMPS (`apt install lammps`) the same network is compressed by the
published recipe, but for the constraint of the angular momentum, which a periodic box does not conserve. Poisson's ratios
after 20, 50 and 100 snapshots stand side by side. `--step` is LAMMPS's time step: the published scripts take 0.01.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.datasets.trajectories.pruned_networks import network_of, pruned_networks
from metac.runtime.precision import enable_double_precision
from metac.runtime.springs.dynamics import Schedule, compressed
from metac.runtime.springs.equilibrium import strained_states
from metac.runtime.springs.jamming import Packing, jammed
from metac.runtime.springs.lammps_files import lammps_data
from metac.runtime.springs.network import SpringNetwork
from metac.runtime.springs.network_files import read_network
from metac.runtime.springs.read_network import ReadNetwork
from metac.runtime.springs.response import elastic_constants

ANGLE, MASS, DAMPING, TEMPERATURE, RATE, INTERVAL = 0.01, 100.0, 10.0, 1e-11, 1e-5, 1e-3
SNAPSHOTS, SUBSTEPS = 100, 20
JUDGED = 20, 50, 100
LOWEST = -0.4
DECK = """
units lj
dimension 2
boundary p p p
atom_style molecular
bond_style harmonic
angle_style harmonic
special_bonds lj/coul 0 0 0
pair_style zero 3.0 nocoeff
read_data network.data
pair_coeff * *
comm_modify cutoff 4.0
neighbor 0.5 bin
neigh_modify delay 0 every 100 check no
timestep {step}
velocity all create {temperature} {seed} mom yes rot no
fix compress all deform 1 x erate -{rate} remap x
fix lateral all nph y 0 0 {barostat} ptemp 8.617e-9
fix bath all langevin {temperature} {temperature} {damping} {seed}
fix still all momentum 100 linear 1 1 0
fix flat all enforce2d
variable xl equal lx
variable yl equal ly
fix record all print {every} "${{xl}} ${{yl}}" file box.txt screen no title ""
thermo 100000
run {steps}
"""


def lammps_ratios(found: ReadNetwork, step: float, seed: int, folder: Path) -> tuple[np.ndarray, float, int]:
    """Poisson's ratios of the box after `JUDGED` snapshots, processor seconds, and steps."""
    (folder / "network.data").write_bytes(lammps_data(found, ANGLE, MASS))
    box = found.connections.box
    every = round(INTERVAL / (RATE * box[0]) / step)
    steps = every * SNAPSHOTS
    # The scripts' barostat, in these units.
    deck = DECK.format(
        step=step, temperature=TEMPERATURE, seed=seed, rate=RATE, damping=DAMPING, every=every, steps=steps, barostat=1000.0
    )
    (folder / "in.compress").write_text(deck)
    started = os.times()
    subprocess.run(
        ["lmp", "-in", "in.compress", "-screen", "none"],
        cwd=folder,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    seconds = os.times().children_user - started.children_user
    rows = np.loadtxt(folder / "box.txt", comments="#")
    edges = rows[-SNAPSHOTS:]
    strains = edges / box - 1
    return np.array([-strains[number - 1, 1] / strains[number - 1, 0] for number in JUDGED]), seconds, steps


def timed(call: Callable[[], object], repeats: int) -> float:
    """Processor seconds of a call, after one that compiles."""
    jax.block_until_ready(call())
    started = time.process_time()
    for _ in range(repeats):
        jax.block_until_ready(call())
    return (time.process_time() - started) / repeats


def own_ratios(network: SpringNetwork, seed: int, substeps: int) -> np.ndarray:
    """As `lammps_ratios`."""
    found = trajectory(network, jax.random.key(seed), substeps)
    strains = found.box / network.box - 1
    return np.array([-float(strains[number, 1] / strains[number, 0]) for number in JUDGED])


def removal(packing: Packing) -> str:
    """Time of a removal on the way down to a Poisson's ratio, tries included."""

    def pruned() -> int:
        weights = pruned_networks(
            network_of(packing), angle_stiffness=ANGLE, lowest=LOWEST, number=2, least_degree=3, name="the network"
        ).weights
        return int(weights[0].sum() - weights[1].sum())

    count = pruned()
    return f"removal: {1e3 * timed(pruned, 1) / count:.1f} ms, {count} bonds to a ratio of {LOWEST}"


def trajectory(network: SpringNetwork, key: jax.Array, substeps: int = SUBSTEPS, temperature: float = TEMPERATURE):
    """100 snapshots."""
    return compressed(
        network,
        angle_stiffness=ANGLE,
        mass=MASS,
        damping=DAMPING,
        temperature=temperature,
        interval=INTERVAL,
        between=INTERVAL / (RATE * network.box[0]),
        key=key,
        schedule=Schedule(axis=0, snapshots=SNAPSHOTS, substeps=substeps, free=True),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--network", type=Path, help="an .npz file of a run, instead of a new network")
    parser.add_argument("--step", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    enable_double_precision()
    if given.network is None:
        started = time.process_time()
        packing = jammed(given.nodes, (1.6, 1.4, 1.2, 1.0), 0.2, 0)
        print(f"jamming of {given.nodes} discs: {time.process_time() - started:.3f} s, {packing.iterations} iterations")
        print(removal(packing))
        found = ReadNetwork(packing.positions, packing.connections, np.ones(len(packing.connections.bonds)))
    else:
        found = read_network(given.network)
    connections, ones = found.connections, jnp.ones(len(found.connections.bonds))
    network = SpringNetwork(
        jnp.asarray(found.positions),
        jnp.asarray(connections.box),
        jnp.asarray(connections.bonds),
        jnp.asarray(connections.images),
        ones,
        jnp.asarray(found.factors),
    )
    print(f"{connections.nodes} nodes, {len(ones)} bonds, box {connections.box[0]:.4f}")
    print(f"elastic constants: {1e3 * timed(lambda: elastic_constants(network, ANGLE), 10):.2f} ms")
    strains = jnp.array([-1e-3])
    print(f"equilibrium at 0.1 %: {1e3 * timed(lambda: strained_states(network, ANGLE, strains, 0), 10):.2f} ms")
    one = timed(lambda: trajectory(network, jax.random.key(0)), 3)
    cold = timed(lambda: trajectory(network, jax.random.key(0), temperature=0.0), 3)
    steps = SNAPSHOTS * SUBSTEPS
    print(f"trajectory of {SNAPSHOTS} snapshots: {1e3 * one:.1f} ms, {1e6 * one / steps:.1f} µs a step")
    print(f"the same at T = 0: {1e3 * cold:.1f} ms")
    batch = jax.jit(lambda keys: jax.vmap(lambda key: trajectory(network, key).box)(keys))
    keys = jax.random.split(jax.random.key(1), given.batch)
    many = timed(lambda: batch(keys), 1) / given.batch
    print(f"batch of {given.batch}: {1e3 * many:.1f} ms a trajectory, {1e6 * many / steps:.1f} µs a step and network")
    own = np.array([own_ratios(network, seed, SUBSTEPS) for seed in range(3)])
    print("own ν after", JUDGED, own.mean(axis=0).round(4), "±", own.std(axis=0).round(4))
    print("own ν, four times the steps", own_ratios(network, 0, 4 * SUBSTEPS).round(4))
    if shutil.which("lmp") is None:
        print("LAMMPS is not installed (command lmp)")
        return
    with tempfile.TemporaryDirectory() as folder:
        ratios, seconds, count = lammps_ratios(found, given.step, 12345, Path(folder))
    print("LAMMPS ν      ", ratios.round(4), f"{seconds:.2f} s for {count} steps, {1e6 * seconds / count:.1f} µs a step")
    print(f"ratio a step {seconds / count / (one / steps):.2f}, a trajectory {seconds / one:.1f}")


if __name__ == "__main__":
    main()
