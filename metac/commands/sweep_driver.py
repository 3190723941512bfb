"""What `sweep`, `run` and `resume` do with a family of designs: folders, processes, one table, the exit code."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from metac.commands import exit_codes
from metac.commands.cluster_members import ClusterMembers
from metac.commands.error_reporting import say
from metac.commands.process_pool import LOG, ProcessPool
from metac.runtime.cluster.address import ClusterAddress, asked_cluster
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import RESULT, RunFolder

if TYPE_CHECKING:
    from metac.api.design import Design
    from metac.api.family import Family, Member, Over

STOP_RULE = "stop rule"
"""How a study says that it ended because its stop rule held."""


class Runner(Protocol):
    """Runs the designs of folders, from the start or their last checkpoints."""

    enough: Callable[[Path], bool]
    """Whether a folder's result makes the others superfluous."""
    signal: int | None
    """By which the user asked to stop."""

    def run(self, labels: Mapping[Path, str]) -> dict[Path, int]:
        """Exit codes by folder, of those that were started; negative for a process that a signal ended."""
        ...


def _runner(jobs: int, address: ClusterAddress | None) -> Runner:
    def show(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return ProcessPool(jobs, show) if address is None else ClusterMembers(address, show)


def run_family(
    design: Design,
    *,
    over: Over,
    out: Path | None,
    seed: int,
    jobs: int,
    form: str,
    figures: tuple[str, ...] = (),
) -> int:
    """Run each member of a family in a folder of its own, `jobs` at a time."""
    from metac.api.family import family

    members = family(design, over)
    if len(members) == 1 and not members[0].label:
        print("metac: there is nothing to sweep over: give --over NAME=A,B, or `sweep` in the spec", file=sys.stderr)
        return exit_codes.USAGE
    return run_members(design, members, out=out, seed=seed, jobs=jobs, form=form, figures=figures)


def run_members(
    design: Design,
    members: Sequence[Member],
    *,
    out: Path | None,
    seed: int,
    jobs: int,
    form: str,
    restarts: bool = False,
    figures: tuple[str, ...] = (),
) -> int:
    """Make the members' folders and run them; nothing is made where one of them is wrong."""
    from metac.api.conditions import Conditions
    from metac.api.family import folder_names, write_family
    from metac.api.run_folders import create_run_folder
    from metac.runtime.runs.folder import unused

    for member in members:
        member.design.plan()
    path = out if out is not None else unused(Path("runs"), design.name)
    RunFolder.create(path).close()
    names = folder_names(members)
    for name, member in zip(names, members, strict=True):
        conditions = Conditions(seed=seed, restart=member.restart, figures=figures)
        create_run_folder(member.design, path / name, conditions).close()
    return pursue_family(write_family(path, names, members, restarts=restarts), jobs=jobs, form=form)


def pursue_family(family: Family, *, jobs: int, form: str, runner: Runner | None = None) -> int:
    """Run the members that are not finished, and show what all have reached.

    Args:
        family: its folders exist, as `begin` makes them.
        jobs: most processes at a time.
        form: how errors are shown; for anything but text, the table goes to stderr.
        runner: runs them; by default the cluster that was asked for, else processes that do `metac resume` in each.
    """
    address = asked_cluster()
    runner = runner or _runner(jobs, address)
    if family.restarts:
        runner.enough = _ended_by_stop_rule
    known = {place.folder: _result(place.folder) for place in family.members}
    open_ = {place.folder: place.label for place in family.members if not _finished(place.folder, known[place.folder])}
    if family.restarts and any(_ended_by_stop_rule(folder) for folder in known):
        open_ = {}
    where = f"{jobs} at a time" if address is None else f"on {address.text}"
    say(f"run folder: {family.folder} ({len(family.members)} designs, {len(open_)} to run, {where})", form)
    codes = runner.run(open_)
    for folder, code in codes.items():
        if code < 0 and runner.signal is None:
            _report_killed(folder, code)
    known = {place.folder: _result(place.folder) for place in family.members}
    _show(family, known, form)
    if runner.signal is not None:
        print(f"saved; resume it with: metac resume {family.folder}", file=sys.stderr)
        return exit_codes.TERMINATED if runner.signal == signal.SIGTERM else exit_codes.INTERRUPTED
    return _code(family, known, codes)


def _show(family: Family, known: Mapping[Path, Mapping[str, Any] | None], form: str) -> None:
    """One table, which is written as JSON as well."""
    from metac.api.family import RESULTS, best_of, overview, status_of, verdict_of
    from metac.api.report_page.sweep_page import write_sweep_page
    from metac.dsl.diagnostics.diagnostic import DiagnosticError
    from metac.runtime.report.table import lines
    from metac.runtime.runs.atomic import write_json

    rows = [(place.label, known[place.folder], status_of(_about(place.folder))) for place in family.members]
    say("\n" + "\n".join(lines(*overview(rows))), form)
    if family.restarts:
        best = best_of([known[place.folder] for place in family.members])
        if best is not None:
            place, result = family.members[best], known[family.members[best].folder]
            loss = result["loss"] if result else float("nan")
            say(f"\nthe best is {place.label}, with a loss of {loss:.4g}: {place.folder}", form)
    entries = [
        {
            "label": place.label,
            "folder": place.folder.name,
            "verdict": status if result is None else verdict_of(result),
            "result": result,
        }
        for place, (_, result, status) in zip(family.members, rows, strict=True)
    ]
    with suppress(OSError):
        write_json(family.folder / RESULTS, {"members": entries})
    # The page must not hide how the members ended.
    with suppress(OSError, FolderFailure, DiagnosticError):
        say(f"\nas a page: {write_sweep_page(family)}", form)


def _code(family: Family, known: Mapping[Path, Mapping[str, Any] | None], codes: Mapping[Path, int]) -> int:
    """The worst of all members; of restarts the best."""
    from metac.api.family import best_of

    results = list(known.values())
    if family.restarts:
        best = best_of(results)
        if best is not None:
            return _code_of(results[best])
    messages = [exit_codes.FAILED if code < 0 else code for code in codes.values()]
    return max([*messages, *(_code_of(result) for folder, result in known.items() if folder not in codes)])


def _code_of(result: Mapping[str, Any] | None) -> int:
    if result is None or result.get("failure"):
        return exit_codes.FAILED
    return exit_codes.MET if result["met"] else exit_codes.MISSED


def _finished(folder: Path, result: Mapping[str, Any] | None) -> bool:
    return result is not None and _about(folder).get("status") == "finished"


def _about(folder: Path) -> Mapping[str, Any]:
    try:
        return RunFolder(folder).about()
    except FolderFailure:
        return {}


def _result(folder: Path) -> Mapping[str, Any] | None:
    """What a member's `result.json` holds; None where it has none that can be read."""
    try:
        result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return result if isinstance(result, dict) else None
    except (OSError, ValueError):
        return None


def _ended_by_stop_rule(folder: Path) -> bool:
    return (_result(folder) or {}).get("ended") == STOP_RULE


def _report_killed(folder: Path, code: int) -> None:
    """Say that a process was ended by a signal, which it could not say itself."""
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = "; the memory may be used up: fewer --jobs need less" if -code == signal.SIGKILL else ""
    print(f"{folder}: ended by {name}{hint}; what it said is in {folder / LOG}", file=sys.stderr)
    with suppress(OSError, FolderFailure):
        RunFolder(folder).update(status="failed")
