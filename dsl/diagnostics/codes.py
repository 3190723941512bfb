"""Error codes, as files named `codes.toml` say: each beside the code that raises them, of a plug-in beside its definitions.

    [M0541]
    title = "A pore that is larger than its cell"
    explanation = '''
    Why it is an error, an example, the way out.
    '''

`M01xx` is syntax, `M02xx` names, `M03xx` fields, `M04xx` types and dimensions, `M05xx` physics, laws and
learning, `M06xx` runs. The files are read only when somebody asks what a code means.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import MappingProxyType

FILE = "codes.toml"
STAGES = ("parse", "check", "run")
_CODE = re.compile(r"[A-Z]+[0-9]{3,}")


@dataclass(frozen=True)
class Entry:
    """One code: what went wrong in general, shown by `metac explain CODE`."""

    title: str
    """One line without a full stop."""
    explanation: str
    """Why it is an error, an example and the way out: plain text, lines up to 100 columns, examples indented."""
    stage: str
    """What finds it, one of `STAGES`: every code of "parse" and "check" has a golden test."""
    file: str
    """The file that says so."""


class BadCodes(ValueError):
    """A file of codes that cannot be read, or that gives a code a second time; the message names the file."""


def code_files(folder: Traversable) -> Iterator[Traversable]:
    """Every `codes.toml` in a folder and its sub-folders."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.name.startswith((".", "__")):
            continue
        if each.name == FILE:
            yield each
        elif each.is_dir():
            yield from code_files(each)


def read_codes(files: Iterable[Traversable], known: Mapping[str, Entry] | None = None) -> Mapping[str, Entry]:
    """The codes of all files, and those already `known`, in order.

    Raises BadCodes where a file cannot be read, says something else than it should, or gives a code that is known already.
    """
    found = dict(known or {})
    for file in files:
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise BadCodes(f"{file}: {problem}") from problem
        for code, said in tables.items():
            entry = _entry(file, code, said)
            if code in found:
                raise BadCodes(f"{file}: {code} is given in {found[code].file} already")
            found[code] = entry
    return MappingProxyType(dict(sorted(found.items())))


def _entry(file: Traversable, code: str, said: object) -> Entry:
    if not _CODE.fullmatch(code):
        raise BadCodes(f"{file}: `{code}` is no code; write capital letters and a number, such as LAB001")
    if not isinstance(said, dict) or not {"title", "explanation"} <= said.keys() <= {"title", "explanation", "stage"}:
        raise BadCodes(f"{file}: {code} needs `title` and `explanation`, and may have `stage`")
    stage = said.get("stage", "check")
    if stage not in STAGES or not all(isinstance(text, str) for text in said.values()):
        raise BadCodes(f"{file}: {code} has texts only, and its `stage` is one of {', '.join(STAGES)}")
    return Entry(said["title"], said["explanation"].strip("\n"), stage, str(file))


def explanation_of(code: str, entry: Entry) -> str:
    """The long text for a code."""
    return f"{code}: {entry.title}\n\n{entry.explanation}\n"
