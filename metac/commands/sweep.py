"""`metac sweep SPEC --over NAME=A,B`: a family of designs, side by side."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac sweep sheet.meta --over nu_target=-0.1,-0.3
metac sweep sheet.meta --over "nu_target=-0.1,-0.3" --over "g=p4,p4gm" --jobs 2
metac sweep sheet.meta --over "g=p4 { cell = 20 mm },pg { cell = [20 mm, 20 mm] }" --out runs/groups
metac sweep sheet.meta --over nu_target=-0.1,-0.3 --cluster dask://login.example.org:8786
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "sweep",
        "pursue the goals for each of several values",
        "Run a design for each combination of values, and of the spec's own sweeps; each run is a process with a folder of\n"
        "its own, and one that fails does not stop the others. Ends with one table of what all reached.\n"
        "Ctrl-C saves them all; `metac resume DIR` resumes those that are not finished.",
        EXAMPLES,
    )
    options.add_spec(command)
    command.add_argument(
        "--over",
        metavar="NAME=A,B,…",
        type=alternatives,
        action="append",
        default=[],
        help="values of a parameter, object or field; commas within brackets do not separate; may be given several times",
    )
    options.add_run(command)
    options.add_jobs(command)
    options.add_cluster(command)
    options.add_diagnostics(command)
    command.set_defaults(action=sweep)


def sweep(arguments: argparse.Namespace) -> int:
    """Run the family."""
    from metac.api.design import load
    from metac.api.start import started_from
    from metac.commands.sweep_driver import run_family

    names = [name for name, _ in arguments.over]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        print(f"metac: --over {twice} is given twice: write all its values in one", file=sys.stderr)
        return exit_codes.USAGE
    design = started_from(load(arguments.spec).set(options.overrides(arguments)), arguments.start)
    return run_family(
        design,
        over=dict(arguments.over),
        out=arguments.out,
        seed=arguments.seed,
        figures=arguments.figures,
        jobs=arguments.jobs,
        form=arguments.diagnostics,
    )


def alternatives(text: str) -> tuple[str, tuple[str, ...]]:
    """`a.b=x,y` as a name and its expressions."""
    name, values = options.assignment(text)
    parts = split(values)
    if not all(parts):
        raise argparse.ArgumentTypeError(f"{text!r} has an empty value: write NAME=A,B")
    return name, parts


def split(text: str) -> tuple[str, ...]:
    """The parts between commas that stand outside brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == '"'
        if not quoted:
            depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth <= 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(part.strip() for part in parts)
