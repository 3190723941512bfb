"""Pieces of bytes through a pipe, each after its length."""

from __future__ import annotations

from typing import IO

LENGTH = 8
"""Bytes that a length takes, the most significant first."""


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Write a piece at once. Raises OSError."""
    pipe.write(len(content).to_bytes(LENGTH, "big"))
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes:
    """The next piece. Raises EOFError where the pipe ends, within a piece as well."""
    return _read(pipe, int.from_bytes(_read(pipe, LENGTH), "big"))


def _read(pipe: IO[bytes], count: int) -> bytes:
    content = pipe.read(count)
    if len(content) < count:
        raise EOFError("the pipe ended")
    return content
