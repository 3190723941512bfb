"""Speed of latent spaces, families and systems of cells: one table, a row for each piece of work.

    python benchmarks/multiscale.py                  # the rows that take less than a minute
    python benchmarks/multiscale.py bridge smiley    # these; `--list` shows all

Each row is a process of its own; times are its processor time and those of its workers, memory is the largest of one of
them. Rows of a spec are whole runs, with all checks. What is made in minutes (`label`, `train`) is made anew, in a cache of
its own; the others take their data from the usual cache, where it is made first if it is not there.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs" / "multiscale"
RESULT_CODES = (0, 3)
"""Of runs that came to their end."""


class SpeedRow(NamedTuple):
    """One piece of work."""

    work: str
    target: str
    spec: str | None
    """In `specs/multiscale`; None of the assembly, which is timed here."""
    fresh: bool = False
    """Whether nothing may come from the cache."""
    light: bool = False


ROWS = {
    "label": SpeedRow("250,000 cells labelled to disk", "≤ 30 min", "cells.meta", fresh=True),
    "train": SpeedRow("train the shipped vae", "≤ 35 min", "train_space.meta", fresh=True),
    "bridge": SpeedRow("bridge, whole run, 300,000 pixels exact", "≤ 60 s", "bridge.meta"),
    "beam": SpeedRow("graded beam, whole run, 1.5 M pixels exact", "≤ 3 min, ≤ 3 GB", "beam.meta"),
    "smiley": SpeedRow("smiley, whole run, its mirror half exact", "≤ 15 min, ≤ 16 GB", "smiley.meta"),
    "families": SpeedRow("families", "≤ 10 s", "families.meta"),
    "assembly": SpeedRow("assembly of 4,900 edges, 20 candidates, gap < 1e-3", "≤ 20 s", None, light=True),
}


class ProcessCost(NamedTuple):
    """Of one process and its workers."""

    seconds: float
    processor: float
    gigabytes: float
    told: str


def run_spec(row: SpeedRow) -> ProcessCost | None:
    """A whole run; None where there is no such spec."""
    spec = SPECS / str(row.spec)
    if not spec.exists():
        return None
    with TemporaryDirectory() as scratch:
        environment = {**os.environ, **({"METAC_CACHE": f"{scratch}/cache"} if row.fresh else {})}
        out = Path(scratch) / "run"
        command = [sys.executable, "-m", "metac", "run", str(spec), "--out", str(out)]
        measured = timed(command, environment)
        return measured._replace(told=errors(out / "assembly.csv"))


def timed(command: list[str], environment: dict[str, str]) -> ProcessCost:
    """Raises SystemExit where it does not come to its end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in RESULT_CODES:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    last = done.stdout.strip().splitlines()[-1:] or [""]
    return ProcessCost(time.perf_counter() - start, processor, after.ru_maxrss / 2**20, last[0])


def errors(table: Path) -> str:
    """RRMSE of the sheets of an assembly, where the run left one."""
    if not table.exists():
        return ""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row["sheet"]: row for row in rows}
    return ", ".join(f"{sheet} {row['rrmse']} (shape {row['rrmse_shape']})" for sheet, row in found.items())


def assembly() -> None:
    """Cells of the bridge's data for a smooth random field on 50 by 50 places; prints the gap."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    import metac
    from metac.runtime.assembly.incompatibility import Weights, choice_costs, deviation
    from metac.runtime.assembly.trws import assemble

    generator: Any = metac.compile((SPECS / "bridge.meta").read_text(encoding="utf-8")).program().generators["field"]
    stock = generator.stock
    noise = np.random.default_rng(0).normal(size=(50, 50, 4))
    smooth = np.stack([gaussian_filter(noise[..., k], 4) for k in range(4)], axis=-1)
    ranks = smooth.reshape(-1, 4).argsort(axis=0).argsort(axis=0) / 2500
    field = np.stack([np.quantile(stock.stiffness[:, k], ranks[:, k]) for k in range(4)], axis=-1).reshape(50, 50, 4)
    entries = stock.stiffness[stock.nearest(field, 1)[..., 0]]
    candidates = stock.nearest(entries, 20)
    cells, numbers = np.unique(candidates, return_inverse=True)
    own = deviation(stock.stiffness[candidates], entries[..., None, :], stock.scale)
    costs = choice_costs(stock.edges(cells), numbers.reshape(candidates.shape), own, Weights(50, 1, 1))
    start, reached = time.process_time(), []

    def watch(sweep: int, energy: float, bound: float) -> None:
        if energy - bound <= 1e-3 * bound and not reached:
            reached.append(f"gap 1e-3 after {time.process_time() - start:.1f} s of sweeps")

    found = assemble(costs, 1000, 1e-4, watch)
    seconds = time.process_time() - start
    print(f"{''.join(reached)}, gap {found.gap:.1e} after {seconds:.1f} s and {found.sweeps} sweeps")


def main() -> None:
    """See the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a row")
    parser.add_argument("--list", action="store_true", help="show all rows")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        assembly()
        return
    unknown = [name for name in arguments.names if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}; see --list")
    if arguments.list:
        for name, row in ROWS.items():
            print(f"{name:10} {row.work}, {row.target}")
        return
    print("| work | target | processor time | time | memory | |\n| --- | --- | --- | --- | --- | --- |")
    for name in arguments.names or [name for name, row in ROWS.items() if row.light]:
        row = ROWS[name]
        found = run_spec(row) if row.spec else timed([sys.executable, __file__, "--here"], dict(os.environ))
        if found is None:
            print(f"| {row.work} | {row.target} | no specs/multiscale/{row.spec} | | | |")
            continue
        numbers = f"{found.processor:.0f} s | {found.seconds:.0f} s | {found.gigabytes:.2f} GiB"
        print(f"| {row.work} | {row.target} | {numbers} | {found.told} |", flush=True)


if __name__ == "__main__":
    main()
