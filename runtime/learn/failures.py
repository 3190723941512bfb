"""What can be wrong with data and weights, and what ends a training."""

from __future__ import annotations

from pathlib import Path

from metac.runtime.errors import RuntimeFailure


class BadData(Exception):
    """Images that cannot be used; `reason` is one of `unreadable`, `shape`, `values`, `empty`."""

    def __init__(self, reason: str, message: str, *, help: str | None = None) -> None:
        self.reason, self.message, self.help = reason, message, help
        super().__init__(message)


class BadWeights(Exception):
    """Weights that cannot be used; `reason` is one of `unreadable`, `other` (those of another network)."""

    def __init__(self, reason: str, message: str, *, help: str | None = None) -> None:
        self.reason, self.message, self.help = reason, message, help
        super().__init__(message)


class TrainingFailed(RuntimeFailure):
    """A training that cannot continue."""

    code = "M0640"


def unreadable(path: Path, error: Exception) -> BadData:
    """What the operating system, or a library, says of a file."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return BadData("unreadable", f"{path.name or path} cannot be read: {reason}")
