"""What `run` and `resume` share: progress, interruption, the table at the end, the exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes
from metac.commands.error_reporting import code_for, say, show
from metac.commands.interrupt import StopRequest, leave, listening
from metac.runtime.cluster.address import asked_cluster
from metac.runtime.runs.failures import FolderFailure, Interrupted

if TYPE_CHECKING:
    from metac.api.conditions import Conditions
    from metac.api.design import Design
    from metac.api.result import Result
    from metac.runtime.runs.folder import RunFolder
    from metac.runtime.runs.progress import Progress


def run_design(
    design: Design,
    *,
    out: Path | None,
    seed: int,
    form: str,
    jobs: int = 1,
    figures: tuple[str, ...] = (),
    live: bool = False,
) -> int:
    """Run a design, or each design of its sweeps in a folder of its own, and show what was reached.

    With more than one job, or on a cluster, the restarts of a design without sweeps become a family of their own.
    """
    from metac.api.conditions import Conditions
    from metac.api.family import family, restarts_of
    from metac.api.run_folders import create_run_folder
    from metac.commands.sweep_driver import run_members
    from metac.runtime.runs.folder import unused

    members, restarts = family(design), False
    if len(members) == 1 and (jobs > 1 or asked_cluster() is not None):
        members = restarts_of(design)
        restarts = len(members) > 1
    if len(members) > 1 and live:
        return _live_is_for_one_run()
    if len(members) > 1:
        return run_members(design, members, out=out, seed=seed, jobs=jobs, form=form, restarts=restarts, figures=figures)
    path = out if out is not None else unused(Path("runs"), design.name)
    create_run_folder(design, path, Conditions(seed=seed, figures=figures)).close()
    return _run_folder(path, form, design, live=live)


def resume_run(
    path: Path,
    *,
    form: str,
    jobs: int = 1,
    steps: int | None = None,
    changes: Mapping[str, str] | None = None,
    live: bool = False,
) -> int:
    """Resume a run, or each unfinished run of a family; `steps` and `changes` are of the study of a single run."""
    from metac.api.family import read_family
    from metac.commands.sweep_driver import pursue_family

    members = read_family(path)
    if members is None:
        return _run_folder(path, form, steps=steps, changes=changes, live=live)
    if live:
        return _live_is_for_one_run()
    if steps is not None or changes:
        print("metac: --steps and --set are for the folder of a single run: give one of its sub-folders", file=sys.stderr)
        return exit_codes.USAGE
    return pursue_family(members, jobs=jobs, form=form)


def _live_is_for_one_run() -> int:
    print("metac: --live shows a single run, not the members of a sweep or several restarts side by side", file=sys.stderr)
    return exit_codes.USAGE


def _run_folder(
    path: Path,
    form: str,
    design: Design | None = None,
    *,
    steps: int | None = None,
    changes: Mapping[str, str] | None = None,
    live: bool = False,
) -> int:
    """Run what a folder holds, from its last checkpoint or from the start; `design` where it is at hand.

    Messages then show the user's own text, not the copy in the folder.
    """
    from metac.commands.live_page import served
    from metac.runtime.runs.folder import RunFolder

    folder = RunFolder.open(path)
    progress = make_progress()
    with served(path, progress) if live else nullcontext(progress) as told:
        return _run_opened(folder, told, form, design, steps=steps, changes=changes)


def _run_opened(
    folder: RunFolder,
    progress: Progress,
    form: str,
    design: Design | None,
    *,
    steps: int | None,
    changes: Mapping[str, str] | None,
) -> int:
    """Run what an open folder holds, and close it."""
    from metac.api.conditions import Conditions
    from metac.api.resume import AlreadyFinished
    from metac.api.run_folders import stored_design
    from metac.runtime.errors import from_compiled_code

    path = folder.path
    request = StopRequest(progress.note)
    conditions = Conditions(progress=progress, stop_requested=request.requested)
    request.at_once = lambda: _leave_at_once(folder, conditions, request)
    try:
        design = design or stored_design(folder)
        if steps is not None and len(design.graph.studies) > 1:
            names, last = ", ".join(design.graph.studies), design.graph.studies[-1]
            print(f"metac: the run has several studies ({names}): say of which, --set {last}.steps={steps}", file=sys.stderr)
            return exit_codes.USAGE
        say(f"run folder: {path}", form)
        result = _pursue(folder, design, conditions, request, _changes(design, steps, changes))
        return _finished(design, result, path, form)
    except AlreadyFinished as done:
        met = bool(done.summary.get("met"))
        say(f"{path} is finished: {'every goal is met' if met else 'not every goal is met'}; see result.json", form)
        return exit_codes.MET if met else exit_codes.MISSED
    except (Interrupted, KeyboardInterrupt):
        code = _stopped(folder, request)
        _write_page(folder)
        return code
    except BrokenPipeError:
        raise
    except Exception as error:
        if request.signal is not None and from_compiled_code(error):
            return _stopped(folder, request)
        return _failed(folder, error, design, form)
    finally:
        folder.close()


def _pursue(
    folder: RunFolder, design: Design, conditions: Conditions, request: StopRequest, changes: Mapping[str, Any]
) -> Result:
    """Run, or resume, while signals are listened to."""
    from metac.api.compilation_cache import enable
    from metac.api.resume import resume

    enable()
    with listening(request):
        try:
            return resume(folder, design, conditions, changes)
        finally:
            conditions.progress.end()


def _failed(folder: RunFolder, error: Exception, design: Design | None, form: str) -> int:
    """Show why a run failed, and what of it is saved."""
    code = code_for(error, form, design.graph_if_sound if design else None, design.source.name if design else None)
    if isinstance(error, FolderFailure) and _has_checkpoint(folder):
        # The folder is refused, and the message says what to do; the run in it is as it was.
        return code
    _mark(folder, "failed")
    _write_page(folder)
    if _has_checkpoint(folder):
        print(f"what was reached is saved; resume it with: metac resume {folder.path}", file=sys.stderr)
    return code


def _changes(design: Design, steps: int | None, changes: Mapping[str, str] | None) -> dict[str, Any]:
    """Fields of the study that are to change."""
    studies = design.graph.studies
    return {**(changes or {}), **({f"{studies[0]}.steps": steps} if steps is not None and studies else {})}


def _finished(design: Design, result: Result, path: Path, form: str) -> int:
    """Show the table, how often bodies were remeshed, and what else went wrong."""
    from metac.runtime.report.plain_progress import remeshing_text

    if result.goals or result.reports:
        say(f"{result.table()}\n", form)
    counts = {study["name"]: study["steps"] for study in result.studies}
    for record in result.history:
        if "remeshed" in record:
            say(remeshing_text(record), form)
    of = f" ({', '.join(f'{name} {steps}' for name, steps in counts.items())})" if len(counts) > 1 else ""
    steps = f"{result.summary['steps']} steps{of}, ended by: {result.summary['ended']}; " if counts else ""
    say(f"{steps}results in {path}", form)
    messages = [*design.diagnostics, *result.warnings, *([result.failure] if result.failure else [])]
    if messages or form != "text":
        show(messages, form)
    if result.failure is not None:
        print(f"the best design before the failure is in {path}", file=sys.stderr)
        return exit_codes.FAILED
    return exit_codes.MET if result.met else exit_codes.MISSED


def _stopped(folder: RunFolder, request: StopRequest) -> int:
    _mark(folder, "interrupted")
    saved = "saved" if _has_checkpoint(folder) else "stopped before the first step was saved"
    print(f"{saved}; resume it with: metac resume {folder.path}", file=sys.stderr)
    return exit_codes.TERMINATED if request.signal == signal.SIGTERM else exit_codes.INTERRUPTED


def _leave_at_once(folder: RunFolder, conditions: Conditions, request: StopRequest) -> None:
    """Save the last finished step from outside the main thread, which may sit in compiled code for minutes, and end."""
    from metac.api.study import save_last_step

    try:
        conditions.progress.end()
        if conditions.recorder is not None:
            save_last_step(conditions.recorder)
        _stopped(folder, request)
        sys.stderr.flush()
    finally:
        leave(exit_codes.INTERRUPTED)


def _mark(folder: RunFolder, status: str) -> None:
    """Note how the run ended; a full disk must not hide why."""
    with suppress(OSError, FolderFailure):
        folder.update(status=status)


def _write_page(folder: RunFolder) -> None:
    """The page of what there is; it must not hide why the run ended."""
    from metac.api.report_page.page import write_page

    with suppress(OSError, FolderFailure):
        write_page(folder.path)


def _has_checkpoint(folder: RunFolder) -> bool:
    return any((folder.path / "checkpoints").glob("*.npz"))


def make_progress() -> Progress:
    """A live display on a terminal, plain lines otherwise; both on stderr."""
    from metac.runtime.report.plain_progress import PlainLines

    if not sys.stderr.isatty():
        return PlainLines(sys.stderr)
    from rich.console import Console

    from metac.runtime.report.live import LiveDisplay

    return LiveDisplay(Console(stderr=True))
