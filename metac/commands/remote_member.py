"""A member of a sweep on a machine of a cluster: its folder travels there and back as files.

Called by Dask in a worker; the design itself runs in a process of its own, as `metac resume` does on one machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from metac.commands import exit_codes
from metac.commands.process_pool import LOG, environment, relaying
from metac.runtime.cluster.messages import WorkerMessages
from metac.runtime.cores import cores

LOOK_EVERY = 0.5
"""Seconds between two looks whether the user wants to stop."""
LEFT_BEHIND = (".lock",)
"""Files that are of no use elsewhere."""


class MemberDone(NamedTuple):
    """How a member ended."""

    code: int
    """Of its process."""
    files: dict[str, bytes]
    """Those that are new or changed, by their paths in the folder."""


def folder_files(folder: Path) -> dict[str, bytes]:
    """The content of all files of a folder, by their paths in it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in LEFT_BEHIND)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write them, and the folders that they need. Raises ValueError for a path that leads out of the folder; OSError."""
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{name} is no file of the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run_member(files: dict[str, bytes], topic: str, number: int) -> MemberDone:
    """Run the design of a folder, from the start or its last checkpoint, and say its progress under `topic`.

    Raises RuntimeError where a signal ended its process, so that it is tried again.
    """
    messages = WorkerMessages(topic)
    wanted = messages.stop_wished()
    if wanted():
        return MemberDone(exit_codes.INTERRUPTED, {})
    variables = environment(max(1, min(cores(), messages.threads)))
    with TemporaryDirectory(prefix="metac-member-") as scratch:
        folder = Path(scratch)
        write_files(folder, files)
        code = _pursued(folder, variables, messages.teller(number), wanted)
        if code < 0:
            raise RuntimeError(f"its process was ended by signal {-code}")
        made = folder_files(folder)
    return MemberDone(code, {name: content for name, content in made.items() if files.get(name) != content})


def _pursued(folder: Path, variables: dict[str, str], show: Callable[[str], None], wanted: Callable[[], bool]) -> int:
    """The exit code of the process that runs it; the first wish to stop asks it to save."""
    with (folder / LOG).open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "metac.commands.remote_member", str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=variables,
        )
    reader = relaying(process, folder, show)
    asked = False
    while True:
        try:
            code = process.wait(LOOK_EVERY)
            break
        except subprocess.TimeoutExpired:
            if not asked and wanted():
                asked = True
                process.send_signal(signal.SIGINT)
    reader.join()
    assert process.stdin is not None
    process.stdin.close()
    return code


def _end_with_parent() -> None:
    """Save and stop when the worker is gone: the pipe from it ends."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: Sequence[str]) -> int:
    """`metac resume` of a folder, for as long as the worker lives."""
    from metac.commands.main import main as run

    threading.Thread(target=_end_with_parent, daemon=True).start()
    return run(["resume", *arguments])


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(sys.argv[1:]))
