"""What may be read: files, not pipes or devices, which could keep a reader waiting for ever."""

from __future__ import annotations

import errno
from pathlib import Path


def require_regular(path: Path) -> None:
    """OSError where there is something that is neither a file nor a folder; what is missing is found on opening."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
