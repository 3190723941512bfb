"""Time of drawing designs of 42 features for four wanted labels and predicting what they do at 4 × 4 cells.

The networks have the sizes of Pahlavani et al. (their workstation draws 1e5 in 5.7 s, predictions apart) and random
weights, which take as long as trained ones. Designs are kept as a search keeps them: each once, the best thousand.

    python benchmarks/draw_designs.py [count]
"""

from __future__ import annotations

import sys
import time

import jax
import numpy as np

from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.cvae import CvaeConfiguration, CvaeGenerator
from metac.runtime.learn.supervised.labelled_data import Scaling
from metac.runtime.learn.supervised.surrogate import Columns, Surrogate
from metac.runtime.search.candidates import Candidates
from metac.runtime.search.draws import Draws, Target

LABELS = ("E11", "E22", "nu12", "nu21")
SCALING = Scaling((0.0, 0.0, -1.5, -1.5), (0.15, 0.15, 1.2, 1.2))
TARGETS = tuple(Target(name, value) for name, value in zip(LABELS, (0.03, 0.03, -0.2, 0.2), strict=True))
REPEATS = 3


def main(count: int) -> None:
    """Print the least of three times, with and without predictions."""
    jax.config.update("jax_enable_x64", True)
    units = ("MPa", "MPa", "", "")
    cell = Columns(42, LABELS, units, (), SCALING, Scaling((), ()))
    sized = Columns(42, LABELS, units, ("D1", "D2"), SCALING, Scaling((2.0, 2.0), (20.0, 20.0)))
    shape, network = CvaeConfiguration(42, 4), DenseConfiguration(44, (512, 428, 343, 258, 174, 89), 4)
    generative = CvaeGenerator(shape, shape.initial_weights(0), cell, np.zeros((1, 4), np.float32))
    surrogate = Surrogate(network, network.network.initial_weights(1), sized)
    draws = Draws(generative, surrogate, lambda designs: np.asarray(designs.any(axis=1)), {"D1": 4.0, "D2": 4.0})
    labels = np.tile([target.value for target in TARGETS], (count, 1))

    def whole() -> None:
        Candidates.empty(42, 4).joined(draws.candidates(TARGETS, count, 0), 1000)

    for name, work in (("draw", lambda: generative.draw(labels)), ("draw, predict, keep the best", whole)):
        work()
        times = []
        for _ in range(REPEATS):
            wall, used = time.perf_counter(), time.process_time()
            work()
            times.append((time.perf_counter() - wall, time.process_time() - used))
        wall, used = min(times)
        print(f"{name:30} {count:,} designs: {wall:.2f} s, {used:.2f} s of processor time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
