"""Where the time goes from the start of a process to the end of its first optimisation step.

    .venv/bin/python benchmarks/start_up.py [--spec specs/auxetic_p4.meta] [--size "1.07 mm"] [--processes 2]
    .venv/bin/python benchmarks/start_up.py --spec specs/quickstart.meta --as-it-is

Runs the same design in one process after the other, with a cache of their own that is empty at first: the first process
compiles, the later ones find its programs and meshes. What they do is what `metac run` does up to the end of the first step
(flow, mechanics and gradient of a sheet of 7 × 7 pores with about 25,000 degrees of freedom; with `--as-it-is` whatever a
spec says). Wall and processor seconds; the load of this machine is printed with the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from metac.compiler.lower.program import Program

SPEC = Path(__file__).parent.parent / "specs" / "auxetic_p4.meta"
SHEET = {"sheet.cells": "[3.5, 3.5]", "sheet.across": "0.7"}
COMPILING = {
    "/jax/core/compile/jaxpr_trace_duration": "  of these tracing, s",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "  lowering, s",
    "/jax/core/compile/backend_compile_duration": "  compiling or fetching from the cache, s",
}
COUNTS = {
    "/jax/compilation_cache/cache_hits": "programs found in the cache",
    "/jax/compilation_cache/cache_misses": "programs compiled",
}


def child(spec: Path, changes: dict[str, str]) -> None:
    """Go through the phases and print, as JSON, how long each took; ends after the first step."""
    took: dict[str, tuple[float, float]] = {}
    # The interpreter's own start counts for the first phase.
    last = [float(os.environ["STARTED"]), 0.0]

    def done(phase: str) -> None:
        now = [time.time(), time.process_time()]
        took[phase] = (now[0] - last[0], now[1] - last[1])
        last[:] = now

    import jax

    import metac
    import metac.api.execution
    from metac.api.compilation_cache import enable
    from metac.runtime.runs.progress import NoProgress

    done("importing")
    durations, counts = dict.fromkeys(COMPILING, 0.0), dict.fromkeys(COUNTS, 0)

    def add(event: str, duration_secs: float, **_: object) -> None:
        if event in durations:
            durations[event] += duration_secs

    def count(event: str, **_: object) -> None:
        if event in counts:
            counts[event] += 1

    jax.monitoring.register_event_duration_secs_listener(add)
    jax.monitoring.register_event_listener(count)
    design = metac.load(spec).set(changes)
    design.plan()
    done("reading and checking the spec")
    enable()
    program = design.program()
    done("building mesh and program")

    class UntilFirstStep(NoProgress):
        def step(self, record: object) -> None:
            del record
            done("first step")
            told = {"took": took, "durations": durations, "counts": counts, "degrees": degrees_of_freedom(program)}
            print(json.dumps(told), flush=True)
            os._exit(0)

    design.run(progress=UntilFirstStep())


def degrees_of_freedom(program: Program) -> int:
    """Those of the largest mesh; 0 where there is none."""
    import jax

    from metac.compiler.interfaces.body import Meshed

    found = [0]

    def look(theta: object) -> None:
        made = program.objects(cast(Any, theta)).values()
        found.extend(body.mesh.nodes.size for body in made if isinstance(body, Meshed))

    # Traced, so that nothing is computed.
    jax.eval_shape(look, jax.eval_shape(program.init, jax.random.key(0)))
    return max(found)


def measure(spec: Path, changes: dict[str, str], cache: str) -> dict:
    command = [sys.executable, __file__, "--child", "--spec", str(spec), "--changes", json.dumps(changes)]
    environment = {**os.environ, "METAC_CACHE": cache, "STARTED": repr(time.time())}
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ended.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", type=Path, default=SPEC)
    parser.add_argument("--size", default="1.07 mm", help="element size of the sheet")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--as-it-is", action="store_true", help="the spec unchanged")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--changes", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.spec, arguments.changes)
        return
    changes = {} if arguments.as_it_is else {**SHEET, "sheet.size": arguments.size}
    from rich.console import Console
    from rich.table import Table

    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as cache:
        found = [measure(arguments.spec, changes, cache) for _ in range(arguments.processes)]
    title = (
        f"Start-up: {arguments.spec.stem}, {found[0]['degrees']:,} degrees of freedom, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start"
    )
    table = Table(title=title)
    table.add_column("wall (processor) time, s")
    for number in range(len(found)):
        table.add_column("first process, empty cache" if number == 0 else f"process {number + 1}", justify="right")
    for phase in found[0]["took"]:
        table.add_row(phase, *("{:.2f} ({:.2f})".format(*each["took"][phase]) for each in found))
    total = [[sum(times) for times in zip(*each["took"].values(), strict=True)] for each in found]
    table.add_row("together", *("{:.2f} ({:.2f})".format(*each) for each in total))
    table.add_section()
    for event, name in COMPILING.items():
        table.add_row(name, *(f"{each['durations'][event]:.2f}" for each in found))
    for event, name in COUNTS.items():
        table.add_row(name, *(str(each["counts"][event]) for each in found))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
