"""The LALR(1) tables of grammar.lark: read from tables.json, which lark made; made anew where the grammar has changed.

Making them takes lark twice the time that a spec takes to check, so they are kept beside the grammar. After a change of the
grammar, `python -m metac.dsl.tables` writes them; until then they are made at every start.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from lark.grammar import Rule as LarkRule

STARTS = ("statement", "member", "assignment", "expression")
"""The rules of the grammar with which a text may begin."""

GRAMMAR, TABLES = "grammar.lark", "tables.json"


class Rule(NamedTuple):
    """One alternative of a rule: what a reduction takes from the stack and what becomes of it."""

    origin: str
    """The rule's name, by which the state after it is found."""
    size: int
    """How many symbols it takes from the stack."""
    callback: str | None
    """The method of the builder; None where the children are handed on: the only one, or all as a list to splice."""
    children: tuple[int | None, ...]
    """Places of the symbols that become children; None is a part left out, `~place` a list to splice in."""


class Tables(NamedTuple):
    """The automaton as plain data."""

    grammar: int
    """Checksum of the grammar that they belong to."""
    starts: dict[str, int]
    ends: dict[str, int]
    """By rule, the state to begin in, and the one that is reached when all is read."""
    rules: tuple[Rule, ...]
    states: tuple[dict[str, int], ...]
    """By state and symbol: the state that follows, or `~rule` to reduce by."""


@cache
def tables() -> Tables:
    """The tables of the grammar, once in a process."""
    grammar = _read(GRAMMAR)
    if not files("metac.dsl").joinpath(TABLES).is_file():
        return make_tables(grammar)
    kept = loads(_read(TABLES))
    return kept if kept.grammar == checksum(grammar) else make_tables(grammar)


def checksum(grammar: str) -> int:
    """What ties tables to the text of a grammar, whatever its ends of lines."""
    return crc32("\n".join(grammar.splitlines()).encode())


def loads(text: str) -> Tables:
    """Tables from what `dumps` wrote."""
    grammar, starts, ends, rules, states = json.loads(text)
    return Tables(
        grammar,
        starts,
        ends,
        tuple(Rule(origin, size, callback, tuple(children)) for origin, size, callback, children in rules),
        tuple(states),
    )


def dumps(made: Tables) -> str:
    """Tables as JSON, a rule or a state on each line."""
    rules = ",\n".join(json.dumps(rule) for rule in made.rules)
    states = ",\n".join(json.dumps(state, separators=(",", ":")) for state in made.states)
    return f"[{made.grammar},\n{json.dumps(made.starts)},\n{json.dumps(made.ends)},\n[{rules}],\n[{states}]]\n"


def make_tables(grammar: str) -> Tables:
    """Tables by lark; the same for the same grammar, in whatever order lark numbers the states."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    parser: Any = Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=True)
    table = parser.parser.parser.parser.parse_table
    numbers = {rule: number for number, rule in enumerate(parser.rules)}
    order = [table.start_states[start] for start in STARTS]
    states: list[dict[str, int]] = []
    for state in order:  # grows below
        row: dict[str, int] = {}
        for symbol, (action, argument) in sorted(table.states[state].items(), key=lambda entry: entry[0]):
            if action is not Shift:
                row[symbol] = ~numbers[argument]
                continue
            if argument not in order:
                order.append(argument)
            row[symbol] = order.index(argument)
        states.append(row)
    return Tables(
        checksum(grammar),
        {start: order.index(table.start_states[start]) for start in STARTS},
        {start: order.index(table.end_states[start]) for start in STARTS},
        tuple(_rule(rule) for rule in parser.rules),
        tuple(states),
    )


def _rule(rule: LarkRule) -> Rule:
    """What lark's tree builder would do with a rule: terminals and rules with `_` in front do not become nodes."""
    name = str(rule.origin.name)
    if not rule.expansion:
        raise ValueError(f"an alternative of `{name}` is empty: write [ ] where it is used")
    omitted = "".join("x" if empty else " " for empty in rule.options.empty_indices).split(" ")
    children: list[int | None] = []
    for place, symbol in enumerate(rule.expansion):
        children += [None] * len(omitted[place] if place < len(omitted) else "")
        if not symbol.name.startswith("_"):
            children.append(place)
        elif not symbol.is_term:
            children.append(~place)
    children += [None] * len(omitted[-1] if len(omitted) > len(rule.expansion) else "")
    handed_on = name.startswith("_") or (rule.options.expand1 and not rule.alias and len(children) == 1)
    return Rule(name, len(rule.expansion), None if handed_on else str(rule.alias or name), tuple(children))


def _read(name: str) -> str:
    return files("metac.dsl").joinpath(name).read_text("utf-8")


if __name__ == "__main__":
    Path(str(files("metac.dsl").joinpath(TABLES))).write_text(dumps(make_tables(_read(GRAMMAR))), "utf-8")
