"""A spec with another text, for fixes and for the layout."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

BYTE_ORDER_MARK = "\ufeff".encode()


def rewrite(path: Path, text: str) -> None:
    """Put another text into a file, behind the byte order mark that it may have: all of it, or the old one stays.

    The file that a link points to is rewritten; permissions stay as they were, and so does its owner where that is allowed.

    Raises:
        OSError: if it cannot be written.
    """
    from metac.runtime.runs.atomic import replacing

    file = path.resolve()
    mark = BYTE_ORDER_MARK if file.read_bytes().startswith(BYTE_ORDER_MARK) else b""
    if not os.access(file, os.W_OK):
        # Another file could take its place all the same, but this one is not meant to be changed.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    before = file.stat()
    with replacing(file, stat.S_IMODE(before.st_mode)) as temporary:
        temporary.write_bytes(mark + text.encode("utf-8"))
        with suppress(PermissionError):
            os.chown(temporary, before.st_uid, before.st_gid)
