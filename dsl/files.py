"""Files to sources."""

from __future__ import annotations

from pathlib import Path

from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.dsl.limits import MAXIMAL_SIZE
from metac.dsl.source import Source, Span


def read_source(path: str | Path, *, name: str | None = None) -> Source:
    """The text of a file, under its path or another name to show.

    Raises DiagnosticError where there is no such file, where it is a folder or may not be read, where it is larger than
    a spec may be, and where it is no UTF-8 text. A byte-order mark is left out, line ends stay as they are.
    """
    path = Path(path)
    shown = str(path) if name is None else name
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMAL_SIZE + 1)
    except FileNotFoundError:
        raise _error("M0122", "there is no such file", shown, help=_missing(path)) from None
    except IsADirectoryError:
        raise _error("M0123", "this is a folder, not a spec", shown, help=_specs_in(path)) from None
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        raise _error("M0123", f"this file cannot be read: {reason}", shown) from None
    return source_of(data, shown)


def source_of(data: bytes, shown: str) -> Source:
    """The text of a file or stream from its first `MAXIMAL_SIZE + 1` bytes; raises like `read_source`."""
    if len(data) > MAXIMAL_SIZE:
        raise _error(
            "M0121",
            f"this file is too large for a spec: more than {MAXIMAL_SIZE} bytes",
            shown,
            help="data belong in files of their own that the spec names",
        )
    if b"\0" in data:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        kind = "UTF-16 text" if wide else "a binary file"
        raise _error("M0124", f"this is {kind}, not a spec", shown, help="save it as UTF-8" if wide else None)
    try:
        return Source(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as failure:
        # What stands before the bad byte is text, so the place can be shown in it.
        start = failure.start
        text = data.decode("utf-8-sig", errors="replace")
        offset = len(data[:start].decode("utf-8-sig"))
        byte = failure.object[start]
        diagnostic = Diagnostic(
            "M0124",
            "this file is not UTF-8 text",
            (Label(Span(Source(shown, text), offset, offset + 1), f"the byte 0x{byte:02X} is no character"),),
            help="save it as UTF-8",
        )
        raise DiagnosticError((diagnostic,)) from None


def _error(code: str, message: str, shown: str, help: str | None = None) -> DiagnosticError:
    label = Label(Span(Source(shown, ""), 0, 0))
    return DiagnosticError((Diagnostic(code, message, (label,), help=help),))


def _missing(path: Path) -> str | None:
    """A file beside it that was probably meant."""
    from metac.dsl.diagnostics.suggest import suggest_file

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".meta"]
    except OSError:
        return None
    meant = suggest_file(path.name, names)
    return f"did you mean `{path.parent / meant}`?" if meant else None


def _specs_in(path: Path) -> str | None:
    try:
        names = sorted(entry.name for entry in path.iterdir() if entry.suffix == ".meta")
    except OSError:
        return None
    return f"name a spec in it, such as `{path / names[0]}`" if names else None
