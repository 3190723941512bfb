"""`metac run SPEC`: pursue a spec's goals."""

from __future__ import annotations

import argparse
from typing import Any

from metac.commands import options

EXAMPLES = """
metac run sheet.meta
metac run sheet.meta --set nu_target=-0.3 --set warp.hidden=[20,20] --out runs/a
metac run sheet.meta --set "pull.strain=5 %" --seed 3
metac run sheet.meta --set fit.restarts=8 --jobs 2
metac run sheet.meta --figures svg,pdf
metac run sheet.meta --live
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "run",
        "pursue the goals of a spec",
        "Optimise a design and show what was reached. Everything is saved in a folder: history, checkpoints, result.json,\n"
        "meshes (VTU) and figures (PNG). Ctrl-C saves; `metac resume` resumes the run.",
        EXAMPLES,
    )
    options.add_spec(command)
    options.add_run(command)
    options.add_jobs(command)
    options.add_cluster(command)
    options.add_live(command)
    options.add_diagnostics(command)
    command.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the design, or each design of its sweeps."""
    from metac.api.design import load
    from metac.api.start import started_from
    from metac.commands.run_driver import run_design

    design = started_from(load(arguments.spec).set(options.overrides(arguments)), arguments.start)
    return run_design(
        design,
        out=arguments.out,
        seed=arguments.seed,
        form=arguments.diagnostics,
        jobs=arguments.jobs,
        figures=arguments.figures,
        live=arguments.live,
    )
