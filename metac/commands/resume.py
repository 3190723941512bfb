"""`metac resume DIR`: resume a run that was interrupted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from metac.commands import options

EXAMPLES = """
metac resume runs/sheet-1
metac resume runs/sheet-1 --steps 500        a finished run continues up to 500 steps
metac resume runs/groups --jobs 2
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "resume",
        "resume an interrupted run",
        "Resume a run from its last checkpoint. On the same machine with the same versions the result is,\n"
        "bit for bit, that of a run that was never interrupted.\n"
        "In the folder of a sweep, resumes all that is not finished.",
        EXAMPLES,
    )
    command.add_argument(
        "--steps",
        metavar="N",
        type=options.count,
        help="most steps of the study, in place of the spec's; of several studies: --set NAME.steps=N",
    )
    options.add_settings(command, "set a field of the study that may change within a run, such as fit.steps or fit.restarts")
    command.add_argument("folder", metavar="DIR", type=Path, help="the folder of a run or of a sweep")
    options.add_solver(command, None, "the run's own")
    options.add_jobs(command)
    options.add_cluster(command)
    options.add_live(command)
    options.add_diagnostics(command)
    command.set_defaults(action=resume)


def resume(arguments: argparse.Namespace) -> int:
    """Resume the run."""
    from metac.commands.run_driver import resume_run

    return resume_run(
        arguments.folder,
        form=arguments.diagnostics,
        jobs=arguments.jobs,
        steps=arguments.steps,
        changes=options.overrides(arguments),
        live=arguments.live,
    )
