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
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.datasets.trajectories.pruned_networks import network_of, pruned_networks
from metac.runtime.datasets.trajectories.trajectories import TrajectoryRecipe, trajectories
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
PRUNED = Path(__file__).resolve().parent.parent / "tests/runtime/springs/data/pruned.npz"
"""A network that soft modes make slow: its ratio falls from 0.09 to -0.03."""
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


def removal(packing: Packing) -> tuple[float, int]:
    """Processor seconds of a removal on the way down to a Poisson's ratio, tries included; and how many there are."""

    def pruned() -> int:
        weights = pruned_networks(
            network_of(packing), angle_stiffness=ANGLE, lowest=LOWEST, number=2, least_degree=3, name="the network"
        ).weights
        return int(weights[0].sum() - weights[1].sum())

    count = pruned()
    return timed(pruned, 1) / count, count


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


class Speed(NamedTuple):
    """Processor seconds of one thread, and Poisson's ratios after `JUDGED` snapshots."""

    nodes: int
    bonds: int
    box: float
    constants: float
    equilibrium: float
    trajectory: float
    cold: float
    """A trajectory without a bath."""
    batched: float
    """A trajectory of a batch."""
    ratios: list[float]
    """Mean of three baths."""
    spread: list[float]
    finer: list[float]
    """With four times the steps."""


class OfLammps(NamedTuple):
    """The same network by the published recipe, at a time step."""

    step: float
    ratios: list[float]
    seconds: float
    steps: int


def speed_of(found: ReadNetwork, batch: int) -> Speed:
    """What a network's constants, equilibria and trajectories take."""
    connections, ones = found.connections, jnp.ones(len(found.connections.bonds))
    network = SpringNetwork(
        jnp.asarray(found.positions),
        jnp.asarray(connections.box),
        jnp.asarray(connections.bonds),
        jnp.asarray(connections.images),
        ones,
        jnp.asarray(found.factors),
    )
    strains, key = jnp.array([-1e-3]), jax.random.key(0)
    several = jax.jit(lambda keys: jax.vmap(lambda key: trajectory(network, key).box)(keys))
    keys = jax.random.split(jax.random.key(1), batch)
    own = np.array([own_ratios(network, seed, SUBSTEPS) for seed in range(3)])
    return Speed(
        nodes=connections.nodes,
        bonds=len(ones),
        box=float(connections.box[0]),
        constants=timed(lambda: elastic_constants(network, ANGLE), 10),
        equilibrium=timed(lambda: strained_states(network, ANGLE, strains, 0), 10),
        trajectory=timed(lambda: trajectory(network, key), 3),
        cold=timed(lambda: trajectory(network, key, temperature=0.0), 3),
        batched=timed(lambda: several(keys), 1) / batch,
        ratios=own.mean(axis=0).tolist(),
        spread=own.std(axis=0).tolist(),
        finer=own_ratios(network, 0, 4 * SUBSTEPS).tolist(),
    )


def of_lammps(found: ReadNetwork, step: float) -> OfLammps | None:
    """None where LAMMPS is not installed."""
    if shutil.which("lmp") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        ratios, seconds, count = lammps_ratios(found, step, 12345, Path(folder))
    return OfLammps(step, ratios.tolist(), seconds, count)


def packed(nodes: int) -> tuple[Packing, float]:
    """A packing at 0.2, and the processor seconds that jamming it took."""
    started = time.process_time()
    packing = jammed(nodes, (1.6, 1.4, 1.2, 1.0), 0.2, 0)
    return packing, time.process_time() - started


def speed_of_trajectories(packings: int) -> dict[str, float]:
    """Processor seconds of a data set of ten networks of 64 nodes a packing, jamming, pruning and compilation included."""
    fields = {
        "networks": 10,
        "nodes": 64,
        "sizes": (1.6, 1.4, 1.2, 1.0),
        "pressure": 0.2,
        "lowest": LOWEST,
        "least_degree": 3,
    }
    bath = {"angle_stiffness": ANGLE, "mass": MASS, "damping": DAMPING, "temperature": TEMPERATURE}
    test = {"rate": RATE, "interval": INTERVAL, "snapshots": SNAPSHOTS, "substeps": None}
    recipe = TrajectoryRecipe(packings=packings, **fields, **bath, **test, validation=1, test=1, seed=0)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        made = trajectories(recipe, Path(folder), "trajectories")
    return {"trajectories": len(made.nodes), "seconds": time.process_time() - started}


def speeds() -> dict[str, Any]:
    """What docs/results/elastic_networks.md tells, at 100 nodes."""
    enable_double_precision()
    packing, jamming = packed(100)
    each, removals = removal(packing)
    network = ReadNetwork(packing.positions, packing.connections, np.ones(len(packing.connections.bonds)))
    pruned = read_network(PRUNED)
    speed_of_trajectories(4)  # compiles
    others = [found._asdict() for step in (0.1, 0.01) if (found := of_lammps(pruned, step)) is not None]
    return {
        "jamming": jamming,
        "removal": each,
        "removals": removals,
        "own": speed_of(network, 16)._asdict(),
        "pruned": speed_of(pruned, 16)._asdict(),
        "lammps": others,
        "data": speed_of_trajectories(24),
        "steps": SNAPSHOTS * SUBSTEPS,
    }


def read(network: Path | None, nodes: int) -> ReadNetwork:
    """From a file of a run, or a new one."""
    if network is not None:
        return read_network(network)
    packing, seconds = packed(nodes)
    print(f"jamming of {nodes} discs: {seconds:.3f} s, {packing.iterations} iterations")
    print(f"removal: {1e3 * removal(packing)[0]:.1f} ms, down to a ratio of {LOWEST}")
    return ReadNetwork(packing.positions, packing.connections, np.ones(len(packing.connections.bonds)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--network", type=Path, help="an .npz file of a run, instead of a new network")
    parser.add_argument("--step", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    enable_double_precision()
    network = read(given.network, given.nodes)
    own, steps = speed_of(network, given.batch), SNAPSHOTS * SUBSTEPS
    print(f"{own.nodes} nodes, {own.bonds} bonds, box {own.box:.4f}")
    print(f"elastic constants: {1e3 * own.constants:.2f} ms")
    print(f"equilibrium at 0.1 %: {1e3 * own.equilibrium:.2f} ms")
    print(
        f"trajectory of {SNAPSHOTS} snapshots: {1e3 * own.trajectory:.1f} ms, {1e6 * own.trajectory / steps:.1f} µs a step"
    )
    print(f"the same at T = 0: {1e3 * own.cold:.1f} ms")
    print(f"batch of {given.batch}: {1e3 * own.batched:.1f} ms each, {1e6 * own.batched / steps:.1f} µs a step and network")
    print("own ν after", JUDGED, np.round(own.ratios, 4), "±", np.round(own.spread, 4))
    print("own ν, four times the steps", np.round(own.finer, 4))
    other = of_lammps(network, given.step)
    if other is None:
        print("LAMMPS is not installed (command lmp)")
        return
    each = other.seconds / other.steps
    about = f"{other.seconds:.2f} s for {other.steps} steps, {1e6 * each:.1f} µs a step"
    print("LAMMPS ν", np.round(other.ratios, 4), about)
    print(f"ratio a step {each / (own.trajectory / steps):.2f}, a trajectory {other.seconds / own.trajectory:.1f}")


if __name__ == "__main__":
    main()
