"""Reading specs from files."""

from __future__ import annotations

from pathlib import Path

from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.dsl.limits import MAXIMAL_SIZE
from metac.dsl.source import Source, Span


class UnreadableSpec(DiagnosticError):
    """There is no such file, or it may not be read: a wrong path, not a wrong spec."""


def read_spec(path: str | Path) -> Source:
    """The text of a spec.

    Raises:
        UnreadableSpec: if the file cannot be read.
        DiagnosticError: if it is not a text, or too large for one.
    """
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAXIMAL_SIZE + 1)
            size = Path(path).stat().st_size if len(content) > MAXIMAL_SIZE else len(content)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UnreadableSpec((Diagnostic("M0601", f"{name} cannot be read: {reason}", help=_nearby(Path(path))),)) from error
    if len(content) > MAXIMAL_SIZE:
        message = f"{name} is too large for a spec: {size:,} bytes"
        raise DiagnosticError((Diagnostic("M0602", message, notes=(f"{MAXIMAL_SIZE:,} bytes are allowed",)),))
    try:
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        source = Source(name, content.decode("utf-8", errors="replace"))
        place = Label(Span(source, len(before), len(before) + 1), f"byte 0x{content[error.start]:02x}")
        raise DiagnosticError((Diagnostic("M0602", f"{name} is not a text in UTF-8", (place,)),)) from error


def _nearby(path: Path) -> str | None:
    """A file that may have been meant."""
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".meta"]
    except (OSError, ValueError):
        return None
    close = get_close_matches(path.name, names, n=1)
    return f"did you mean {path.parent / close[0]}?" if close else None
