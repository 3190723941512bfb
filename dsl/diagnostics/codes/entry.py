"""What the registry knows about one code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["parse", "check", "run"]


@dataclass(frozen=True)
class Entry:
    """One code: what went wrong in general, shown by `metac explain CODE`.

    `title` is one line without a full stop; `explanation` says why it is an error, gives an example and the way out (plain
    text, lines up to 100 columns, examples indented by four blanks). `stage` tells what finds it: every code of "parse" and
    "check" has a golden test.
    """

    title: str
    explanation: str
    stage: Stage = "check"
