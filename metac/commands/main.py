"""The command `metac`: finds the sub-command and turns whatever happens into a message and an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from metac.commands import (
    cache,
    check,
    compare,
    doc,
    evaluate,
    exit_codes,
    explain,
    fmt,
    inspect,
    lsp,
    new,
    resume,
    run,
    show,
    sweep,
    table,
    view,
)

EXAMPLES = """\
examples:
  metac new auxetic                            write a commented starter spec, auxetic.meta
  metac check auxetic.meta                     show all its errors at once
  metac fmt auxetic.meta                       lay it out evenly
  metac run auxetic.meta --set nu_target=-0.3  pursue its goals
  metac sweep auxetic.meta --over nu_target=-0.1,-0.3  a family of designs, side by side
  metac resume runs/auxetic-1                  resume an interrupted run
  metac view runs/auxetic-1                    a run as a page in the browser
  metac compare runs/auxetic-1 runs/auxetic-2  runs side by side
  metac table runs/auxetic-1 auxetic.csv       the designs of a sweep as a table
  metac eval "3 N/mm^2 + 1 psi"                 an expression with units
  metac doc material                           what the library offers
  metac explain M0402                          more about an error

exit codes:
  0 done, every goal met     1 the spec is wrong     2 wrong usage     3 done, but a goal is not met
  4 the run failed           70 an internal error     130, 143 stopped by Ctrl-C or the system, after saving
"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="metac",
        description="A modelling language and compiler for the inverse design of mechanical metamaterials.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for module in (
        new,
        check,
        fmt,
        run,
        sweep,
        resume,
        view,
        show,
        compare,
        table,
        inspect,
        evaluate,
        doc,
        explain,
        cache,
        lsp,
    ):
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and give its exit code; never raises, whatever happens."""
    try:
        code = _guarded(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python flushes at exit once more; without a reader that would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.PIPE_CLOSED


def entry() -> None:
    """The entry point of the command."""
    # XLA logs to the terminal that a compilation is slow, for example; what fails is an exception all the same.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)
    sys.exit(main())


def _guarded(arguments: Sequence[str] | None) -> int:
    try:
        parsed = make_parser().parse_args(arguments)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else exit_codes.USAGE
    try:
        return _on_cluster(parsed)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except BaseException as error:
        from metac.commands.error_reporting import code_for

        return code_for(error, getattr(parsed, "diagnostics", "text"), spec=getattr(parsed, "spec", None))


def _on_cluster(parsed: argparse.Namespace) -> int:
    """Do what was asked for with the workers that were asked for; fails at once where the address is none."""
    asked = getattr(parsed, "cluster", None)
    if asked is None:
        return _with_solver(parsed)
    from metac.runtime.cluster.address import ClusterAddress, on_cluster

    with on_cluster(ClusterAddress(asked, parsed.jobs)):
        return _with_solver(parsed)


def _with_solver(parsed: argparse.Namespace) -> int:
    """Do what was asked for with the solver that was asked for; fails at once where that cannot be used."""
    name = getattr(parsed, "solver", None)
    if name is None:
        return parsed.action(parsed)
    from metac.runtime.linear_solvers.backend import chosen_solver, using

    with using(name):
        chosen_solver()
        return parsed.action(parsed)


class _Version(argparse.Action):
    """Prints the version."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        import metac

        print(f"metac {metac.__version__}")
        parser.exit()
