"""Trees and tokens in a form to read."""

from __future__ import annotations

from metac.dsl.parser import parse
from metac.dsl.source import Source
from metac.dsl.tree import show_tokens, show_tree

TEXT = "## head\n\nbody b = lab.box { size = [1, 2.5 mm] }  # plain\n"


def test_a_tree_is_shown_node_by_node() -> None:
    assert show_tree(parse(Source("given", TEXT)).module) == (
        "Module doc='head'\n"
        "  statements[0]: Declaration kind=body name=b  @3:1\n"
        "    value: Constructor name=lab.box  @3:10\n"
        "      fields[0]: Assignment name=size  @3:20\n"
        "        value: Sequence  @3:27\n"
        "          items[0]: Number value=1.0 is_integer=True  @3:28\n"
        "          items[1]: Quantity value=2.5 unit='mm'  @3:31\n"
    )


def test_tokens_are_shown_one_a_line() -> None:
    shown = show_tokens(Source("given", TEXT)).split("\n")
    assert shown[0].split() == ["1:1", "DOC", "head"]
    assert [line.split()[1:] for line in shown if "mm" in line] == [["QUANTITY", "2.5", "mm"]]
    assert not any("plain" in line for line in shown)
