"""Folders of the cache, which only their owner can write: some entries can run code."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def cache_folder() -> Path:
    """`$METAC_CACHE`, or `metac` in the user's cache folder (XDG)."""
    named = os.environ.get("METAC_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "metac"


def private_folder(name: str) -> Path | None:
    """`name` in the cache folder, made with access for its owner alone; None where that cannot be had."""
    try:
        folder = cache_folder() / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in (folder, folder.parent):
            state = part.stat()
            if state.st_uid != os.getuid():
                return None
            if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                part.chmod(0o700)
        folder.chmod(0o700)
        return folder if os.access(folder, os.W_OK) else None
    except (OSError, RuntimeError):
        return None
