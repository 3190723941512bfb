"""Seconds per optimisation step (flow, mechanics, gradient) beside the published times.

    .venv/bin/python benchmarks/flow_step.py [--repeats 3] [--only 25000] [--spec specs/auxetic_p4.meta]

Published: Mirramezani et al. (ICLR 2025), Table 2, on one RTX 2080 Ti. One row per mesh of the same design, as near as the
mesher comes to the paper's numbers of degrees of freedom: first the time of the first step (compilation and all), then the
medians of further ones, steps of Adam. Warm, as inside a run: from the equilibria of the step before. Cold: the same
parameters from rest. Beside each the time that all processors together spent on it, which other work on the machine changes
less, and at the end the largest memory of the process so far. The sheet has 7 × 7 pores, as theirs. The load of this machine
is printed with the table.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import jax
import optax
from rich.console import Console
from rich.table import Table

import metac
from metac.compiler.lower.program import Program
from metac.stdlib.studies.evaluations import first_failure
from metac.stdlib.studies.objective import objective_of

PUBLISHED = {9_000: 15, 14_000: 34, 20_000: 49, 25_000: 61, 29_000: 95}
SPEC = Path(__file__).parent.parent / "specs" / "auxetic_p4.meta"
SHEET = {"sheet.cells": "[3.5, 3.5]", "sheet.across": "0.7"}


def degrees_of_freedom(program) -> int:
    objects = program.objects(program.init(jax.random.key(0)))
    return 2 * objects["sheet"].mesh.nodes.shape[0]


def design_with(spec: Path, target: int) -> tuple[int, Program]:
    """The design whose mesh comes nearest to `target` degrees of freedom: nodes grow with the inverse square of the size."""
    design = metac.load(spec)
    size, best = 1.0, None
    for _ in range(6):
        candidate = design.set({**SHEET, "sheet.size": f"{size:.5f} mm"})
        program = candidate.program()
        found = degrees_of_freedom(program)
        if best is None or abs(found - target) < abs(best[0] - target):
            best = (found, program)
        if abs(found - target) < 0.03 * target:
            break
        size *= (found / target) ** 0.5
    assert best is not None
    return best


class Seconds(NamedTuple):
    """Of the wall clock, and those of all processors together."""

    wall: float
    processor: float


class Measured(NamedTuple):
    """The first step, compilation included, and medians of further ones; memory in MB."""

    first: Seconds
    cold: Seconds
    warm: Seconds
    memory: float


def measure(program, repeats: int) -> Measured:
    """One step and `repeats` further ones, each cold and warm."""
    evaluate = objective_of(program, first_failure).at({}, program.inputs)
    theta = program.init(jax.random.key(0))
    sample, first = timed(lambda: evaluate(theta))
    adam = optax.adam(3e-3)
    state, cold, warm = adam.init(theta), [], []
    for _ in range(repeats):
        updates, state = adam.update(sample.gradient, state)
        at = optax.apply_updates(sample.theta, updates)
        cold.append(timed(lambda at=at: evaluate(at))[1])
        sample, took = timed(lambda at=at, start=sample.warm_start: evaluate(at, start))
        warm.append(took)
        assert sample.failure is None
        assert all(bool(status.warm) for status in sample.report.status.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(first, middle(cold), middle(warm), memory)


def middle(samples: list[Seconds]) -> Seconds:
    return Seconds(*map(statistics.median, zip(*samples, strict=True)))


def timed(task):
    """What a task gives, and the time that it took."""
    start, used = time.perf_counter(), time.process_time()
    result = task()
    return result, Seconds(time.perf_counter() - start, time.process_time() - used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--spec", type=Path, default=SPEC)
    parser.add_argument("--only", type=int, choices=PUBLISHED, help="one of the paper's numbers of degrees of freedom")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    title = f"Seconds per optimisation step: {arguments.spec.stem}, {os.cpu_count()} cores, load {load:.1f} at the start"
    table = Table(title=title)
    times = [f"{name}, {unit}" for name in ("first", "cold", "warm") for unit in ("s", "proc. s")]
    for heading in ("published DOF", "DOF here", "published, s", *times, "ratio, warm", "memory, MB"):
        table.add_column(heading, justify="right")
    for target, published in PUBLISHED.items():
        if arguments.only not in (None, target):
            continue
        found, program = design_with(arguments.spec, target)
        took = measure(program, arguments.repeats)
        shown = [f"{seconds:.2f}" for each in (took.first, took.cold, took.warm) for seconds in each]
        ratio = f"{published / took.warm.wall:.0f}×"
        table.add_row(f"{target:,}", f"{found:,}", f"{published}", *shown, ratio, f"{took.memory:.0f}")
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
