"""How large a text may be. Bounds keep every answer quick and every later walk over the tree within Python's stack."""

from __future__ import annotations

MAXIMAL_SIZE = 1 << 20
"""Bytes of a file, characters of an embedded text."""

MAXIMAL_TOKENS = 50_000
"""Words, numbers and signs of a text: some fifty lines for each statement of the largest specs."""

MAXIMAL_DEPTH = 100
"""Levels of a statement's syntax tree, and of brackets: walks over trees recurse, and Python's stack holds 1000 frames."""

MAXIMAL_NAME = 200
"""Characters of a name."""

MAXIMAL_NUMBER = 400
"""Characters of a number."""

MAXIMAL_TEXT = 10_000
"""Characters of a text in quotes."""

MAXIMAL_WHOLE_NUMBER = 2**53
"""Beyond it a float no longer distinguishes neighbours."""

MAXIMAL_ERRORS = 100
"""Diagnostics shown for one text, unless all are asked for."""

ALL_ERRORS = 100_000
"""Syntax errors looked for where all are asked for."""
