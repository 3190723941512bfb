"""How the time and the memory of an optimisation step grow with the number of degrees of freedom.

    .venv/bin/python benchmarks/growth.py [--dof 9000 25000 60000 120000] [--repeats 3] [--spec specs/auxetic_p4.meta]

One step is flow, mechanics in the spec's increments and gradient, each from slightly different free parameters and cold: no
step knows of the one before. Processor time is that of all threads, which other work on the machine changes less. Each size
runs in a process of its own, one after the other, so that its peak memory (resident set, compilation included) is its own.
The exponent is that of the power law of least squares through the medians. The load of the machine is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
from flow_step import SPEC, design_with, measure
from rich.console import Console
from rich.table import Table

DOF = (9_000, 25_000, 60_000, 120_000)


def one_size(spec: Path, target: int, repeats: int) -> dict[str, float]:
    """Degrees of freedom, seconds as `Measured`, peak memory in MB; in this process."""
    found, program = design_with(spec, target)
    took = measure(program, repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"dof": found, "peak": peak, "first": took.first.wall, **took.cold._asdict()}


def in_a_process(arguments: argparse.Namespace, target: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--alone", "--dof", str(target), "--repeats", str(arguments.repeats)]
    command += ["--spec", str(arguments.spec)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dof", type=int, nargs="+", default=DOF)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--spec", type=Path, default=SPEC)
    parser.add_argument("--alone", action="store_true", help="measure the first size in this process and print it as JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        sys.stdout.write(json.dumps(one_size(arguments.spec, arguments.dof[0], arguments.repeats)) + "\n")
        return
    load = os.getloadavg()[0]
    table = Table(title=f"Growth of a step: {arguments.spec.stem}, {os.cpu_count()} cores, load {load:.1f} at the start")
    for heading in ("DOF", "first step, s", "step, s", "processor, s", "µs per DOF", "peak memory, MB"):
        table.add_column(heading, justify="right")
    rows = [in_a_process(arguments, target) for target in arguments.dof]
    for row in rows:
        times = (f"{row['first']:.1f}", f"{row['wall']:.2f}", f"{row['processor']:.2f}")
        table.add_row(f"{row['dof']:,}", *times, f"{1e6 * row['processor'] / row['dof']:.0f}", f"{row['peak']:,.0f}")
    console = Console(width=110)
    console.print(table)
    if len(rows) > 1:
        for kind in ("wall", "processor"):
            exponent = np.polyfit(np.log([row["dof"] for row in rows]), np.log([row[kind] for row in rows]), 1)[0]
            console.print(f"{kind.capitalize()} time grows as DOF to the power of {exponent:.2f}")


if __name__ == "__main__":
    main()
