"""Members of a family on the workers of a cluster: the same folders and results as of processes of one machine."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from metac.commands import exit_codes
from metac.commands.interrupt import handled_by
from metac.commands.remote_member import MemberDone, folder_files, run_member, write_files
from metac.runtime.cluster.address import ClusterAddress

if TYPE_CHECKING:
    from metac.runtime.cluster.connection import Client


class StopWished(BaseException):
    """The user wants to stop at once."""


@dataclass
class ClusterMembers:
    """Runs folders on a cluster. The first Ctrl-C (or SIGTERM) asks all to save and stop, the second leaves them."""

    address: ClusterAddress
    show: Callable[[str], None]
    """Shows a line of progress."""
    enough: Callable[[Path], bool] = lambda folder: False
    """Whether a folder's result makes the others superfluous; asked when its member has ended."""
    signal: int | None = None
    """By which the user asked to stop."""
    _at_once: bool = False

    def run(self, labels: Mapping[Path, str]) -> dict[Path, int]:
        """Exit codes by folder, of those that ended; each folder then holds all that its member wrote.

        Raises ClusterFailure.
        """
        from metac.runtime.cluster.connection import connected

        if not labels:
            return {}
        with connected(self.address) as client, handled_by(self._heed):
            try:
                return self._run(client, labels)
            except StopWished:
                return {}

    def _run(self, client: Client, labels: Mapping[Path, str]) -> dict[Path, int]:
        from metac.runtime.cluster.dask_calls import FailedCall, run_calls
        from metac.runtime.cluster.messages import listening_to

        topic, folders, codes = f"metac-{uuid.uuid4().hex}", list(labels), dict[Path, int]()
        width = max(len(label) for label in labels.values())
        names = [label.ljust(width) for label in labels.values()]
        calls = [(folder_files(folder), topic, number) for number, folder in enumerate(folders)]
        told = False
        with listening_to(client, topic, lambda number, line: self.show(f"{names[number]} │ {line}")) as stop:

            def look() -> None:
                nonlocal told
                if self._at_once:
                    raise StopWished
                if self.signal is not None and not told:
                    told = True
                    stop()

            for number, value in run_calls(client, run_member, calls, look):
                folder = folders[number]
                codes[folder] = self._taken(folder, value) if isinstance(value, MemberDone) else exit_codes.FAILED
                if isinstance(value, FailedCall):
                    print(f"{folder}: failed on the cluster: {value.message}", file=sys.stderr)
                elif self.enough(folder):
                    stop()
        return codes

    def _taken(self, folder: Path, done: MemberDone) -> int:
        """Put what came back in its place."""
        write_files(folder, done.files)
        return done.code

    def _heed(self, number: int, frame: FrameType | None) -> None:
        self._at_once = self.signal is not None
        if not self._at_once:
            self.show("stopping after these steps; Ctrl-C again leaves the cluster at once")
        self.signal = number
