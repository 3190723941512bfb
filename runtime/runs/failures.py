"""What can be wrong with a run folder."""

from __future__ import annotations

from metac.runtime.errors import RuntimeFailure


class FolderFailure(RuntimeFailure):
    """A run folder that cannot be made, read or resumed."""

    code = "M0620"


class Interrupted(BaseException):
    """Raised after a step where the user asked to stop; like KeyboardInterrupt, not to be caught with other errors."""
