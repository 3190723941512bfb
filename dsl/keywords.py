"""The words of the language: which are reserved, and which may still be names where the grammar wants one."""

from __future__ import annotations

STATEMENT_WORDS = frozenset(
    {
        "language",
        "import",
        "param",
        "let",
        "match",
        "minimize",
        "maximize",
        "require",
        "verify",
        "report",
        "stage",
        "sweep",
        "define",
    }
)
"""They start a statement; elsewhere they are plain names (a field may be called `stage`)."""

CLAUSE_WORDS = frozenset({"to", "for", "scale", "weight", "within", "by", "in", "as", "gives", "python"})
"""They join the parts of a statement, or start a member of a definition."""

RESERVED_WORDS = frozenset({"and", "or", "not", "if", "then", "else", "true", "false", "none"})
"""Operators and literals: never names."""

WORDS = STATEMENT_WORDS | CLAUSE_WORDS | RESERVED_WORDS

CONTINUING_WORDS = frozenset({"to", "for", "scale", "weight", "within", "by", "then", "else", "and", "or"})
"""A line that starts with one of these belongs to the statement before it."""

CONTINUING_OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "CARET", "DOTS"})
"""So does a line that starts with a binary operator: no statement can."""

OPERATORS = {
    "->": "ARROW",
    "..": "DOTS",
    "<=": "LESS_EQUAL",
    ">=": "MORE_EQUAL",
    "==": "SAME",
    "!=": "DIFFERENT",
    "<": "LESS",
    ">": "MORE",
    "=": "EQUALS",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "^": "CARET",
    "(": "OPEN_ROUND",
    ")": "CLOSE_ROUND",
    "[": "OPEN_SQUARE",
    "]": "CLOSE_SQUARE",
    "{": "OPEN_BRACE",
    "}": "CLOSE_BRACE",
    ",": "_COMMA",
    ":": "COLON",
    ".": "DOT",
}
"""Spelling of every operator and bracket, and the grammar's name for it."""

COMPARISONS = frozenset({"LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "SAME", "DIFFERENT", "IN"})

BRACKETS = {"OPEN_ROUND": "CLOSE_ROUND", "OPEN_SQUARE": "CLOSE_SQUARE", "OPEN_BRACE": "CLOSE_BRACE"}
CLOSERS = {closer: opener for opener, closer in BRACKETS.items()}

SPELLINGS = {name: spelling for spelling, name in OPERATORS.items()} | {word.upper(): word for word in WORDS}
"""How a terminal of the grammar is written in a spec."""

FOREIGN_OPERATORS = {
    "**": ("CARET", "powers are written `^`"),
    "&&": ("AND", "write `and`"),
    "||": ("OR", "write `or`"),
    "&": ("AND", "write `and`"),
    "|": ("OR", "write `or`"),
    "!": ("NOT", "write `not`"),
    "=>": ("ARROW", "a function is written `x -> …`"),
    ":=": ("EQUALS", "write `=`"),
    "=<": ("LESS_EQUAL", "write `<=`"),
    "<>": ("DIFFERENT", "write `!=`"),
    "...": ("DOTS", "a range is written `a .. b`"),
    "…": ("DOTS", "a range is written `a .. b`"),
    "−": ("MINUS", "write `-` (this is U+2212 MINUS SIGN)"),
    "–": ("MINUS", "write `-` (this is U+2013 EN DASH)"),
    "×": ("STAR", "write `*`"),
    "·": ("STAR", "write `*`"),
    "÷": ("SLASH", "write `/`"),
    "≤": ("LESS_EQUAL", "write `<=`"),
    "≥": ("MORE_EQUAL", "write `>=`"),
    "≠": ("DIFFERENT", "write `!=`"),
    "→": ("ARROW", "write `->`"),
    "∈": ("IN", "write `in`"),
}
"""Spellings of other languages and of mathematics: the operator that they stand for, and what to write."""
