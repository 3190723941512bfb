"""What changes the last bits of a result: one spec run under different conditions, its free parameters compared.

    python benchmarks/same_bits.py [SPEC] [--set NAME=VALUE …]

Prints a row a condition: whether the best free parameters are the same to the last bit as those of the first run, and the
largest relative difference of the goals' values.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "specs" / "density_cell.meta"


def conditions(cache: Path, other: Path) -> Iterator[tuple[str, Mapping[str, str], list[str]]]:
    """Name, environment, and what stands before the command."""
    yield "empty cache", {"METAC_CACHE": str(cache)}, []
    yield "the same again, programs from the cache", {"METAC_CACHE": str(cache)}, []
    yield "another empty cache", {"METAC_CACHE": str(other)}, []
    if hasattr(os, "sched_setaffinity"):
        yield "one core", {"METAC_CACHE": str(cache)}, ["taskset", "-c", "0"]
        yield "one core, compiled there", {"METAC_CACHE": str(other / "one")}, ["taskset", "-c", "0"]


def run(
    spec: Path, settings: list[str], folder: Path, environment: Mapping[str, str], before: list[str]
) -> dict[str, float]:
    """Values of the goals."""
    command = [*before, sys.executable, "-m", "metac", "run", str(spec), "--out", str(folder)]
    for setting in settings:
        command += ["--set", setting]
    found = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if found.returncode not in (0, 3):
        raise SystemExit(found.stderr)
    goals = json.loads((folder / "result.json").read_text(encoding="utf-8"))["goals"]
    return {name: goal.get("value", goal.get("deviation")) for name, goal in goals.items()}


def parameters(folder: Path) -> dict[str, bytes]:
    """The best free parameters, as bytes."""
    with np.load(folder / "theta.npz") as file:
        return {name: file[name].tobytes() for name in file.files}


def difference(first: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The largest relative one."""
    pairs = [np.broadcast_arrays(np.asarray(first[name], float), np.asarray(other[name], float)) for name in first]
    return max(float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-12))) for a, b in pairs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spec", type=Path, nargs="?", default=SPEC)
    parser.add_argument("--set", action="append", default=[])
    given = parser.parse_args()
    print(f"{'condition':42} {'free parameters':>16} {'goals differ by':>16}")
    with TemporaryDirectory() as work:
        reference: tuple[dict[str, bytes], dict[str, float]] | None = None
        for number, (name, environment, before) in enumerate(conditions(Path(work, "a"), Path(work, "b"))):
            folder = Path(work, f"run{number}")
            goals = run(given.spec, given.set, folder, environment, before)
            theta = parameters(folder)
            reference = reference or (theta, goals)
            same = "same bits" if theta == reference[0] else "differ"
            print(f"{name:42} {same:>16} {difference(reference[1], goals):16.1e}", flush=True)


if __name__ == "__main__":
    main()
