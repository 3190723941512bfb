"""How diagnostics look, as text, JSON and SARIF."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from metac.dsl.diagnostics.codes import Entry
from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.diagnostics.json import to_json
from metac.dsl.diagnostics.render import render, styled, summary
from metac.dsl.diagnostics.sarif import to_sarif
from metac.dsl.diagnostics.suggest import edit_distance, suggest, suggest_file
from metac.dsl.source import Source, Span


def label(source: Source, part: str, text: str = "") -> Label:
    start = source.text.index(part)
    return Label(Span(source, start, start + len(part)), text)


SHEET = Source("sheet.meta", "let a = 1\nmaterial rubber = neo_hookean { E = 50 N, nu = 0.46 }\n\n\nlet b = a\n")
FORCE = Diagnostic(
    "M0402",
    "`E` needs a pressure, found a force",
    (label(SHEET, "50 N", "Mass·Length·Time⁻²  [Force]"),),
    notes=("expected Mass·Length⁻¹·Time⁻²  [Pressure]",),
    help="divide by an area: `50 N/mm^2`",
    fix=Fix(label(SHEET, "50 N").span, "50 N/mm^2"),
)


def test_the_layout() -> None:
    assert render([FORCE]) == (
        "error[M0402]: `E` needs a pressure, found a force\n"
        "   ┌─ sheet.meta:2:37\n"
        " 2 │ material rubber = neo_hookean { E = 50 N, nu = 0.46 }\n"
        "   │                                     ^^^^ Mass·Length·Time⁻²  [Force]\n"
        "   = expected Mass·Length⁻¹·Time⁻²  [Pressure]\n"
        "   = help: divide by an area: `50 N/mm^2`\n"
    )


def test_several_labels_and_sources() -> None:
    other = Source("lab/rubbers.meta", "let b = 2")
    found = Diagnostic(
        "M0204",
        "`b` is declared twice",
        (label(SHEET, "let b", "again"), label(SHEET, "let a", "not this"), label(other, "let b", "first")),
        severity="warning",
    )
    assert render([found]) == (
        "warning[M0204]: `b` is declared twice\n"
        "   ┌─ sheet.meta:5:1\n"
        " 1 │ let a = 1\n"
        "   │ ----- not this\n"
        " · │\n"
        " 5 │ let b = a\n"
        "   │ ^^^^^ again\n"
        "   ┌─ lab/rubbers.meta:1:1\n"
        " 1 │ let b = 2\n"
        "   │ ----- first\n"
    )
    assert summary([found, FORCE, FORCE]) == "2 errors, 1 warning"
    assert summary([]) == render([]) == ""


@pytest.mark.parametrize(
    ("line", "part", "shown", "marks"),
    [
        ("\tlet a", "a", "    let a", "        ^"),
        ("x\ty", "y", "x   y", "    ^"),
        ('"日本" + z', "z", '"日本" + z', "         ^"),
        ("e\u0301 z", "z", "e\u0301 z", "  ^"),
        ("a \x1b[31m z", "z", "a \ufffd[31m z", "        ^"),
        ("a \u202e z", "z", "a \ufffd z", "    ^"),
    ],
    ids=["tab", "inner tab", "wide", "combining", "escape", "direction"],
)
def test_marks_stand_below_what_they_mark(line: str, part: str, shown: str, marks: str) -> None:
    source = Source("x", line)
    rows = render([Diagnostic("M0101", "m", (label(source, part),))]).split("\n")
    assert rows[2:4] == [f" 1 │ {shown}", f"   │ {marks}"]


def test_long_lines_are_cut_around_the_place() -> None:
    source = Source("x", "a" * 500 + "HERE" + "b" * 500)
    rows = render([Diagnostic("M0101", "m", (label(source, "HERE", "this"),))], width=80).split("\n")
    assert all(len(row) <= 80 for row in rows)
    assert rows[2][5] == rows[2][-1] == "…"
    assert rows[3].index("^") == rows[2].index("HERE")


def test_an_endless_line_is_shown_at_once() -> None:
    source = Source("x", "\t" * (1 << 20))
    found = [Diagnostic("M0101", "m", (Label(Span(source, place, place + 1)),)) for place in range(0, 1 << 20, 1 << 13)]
    start = time.process_time()
    assert len(render(found).split("\n")) > len(found)
    assert time.process_time() - start < 3, "well under a second on a machine of its own"


def test_long_messages_are_wrapped() -> None:
    found = Diagnostic("M0101", "word " * 40, (label(SHEET, "let a"),), help="word " * 40)
    assert all(len(row) <= 80 for row in render([found], width=80).split("\n"))


def test_a_place_without_extent_gets_one_mark() -> None:
    end = len("let a = 1")
    rows = render([Diagnostic("M0101", "m", (Label(Span(SHEET, end, end)),))]).split("\n")
    assert rows[3] == "   │ " + " " * end + "^"


def test_colours_only_where_asked_for() -> None:
    terminal = io.StringIO()
    Console(file=terminal, force_terminal=True, color_system="standard", width=100).print(styled([FORCE, FORCE]), end="")
    assert "\x1b[" in terminal.getvalue()
    plain = io.StringIO()
    Console(file=plain, width=100).print(styled([FORCE, FORCE]), end="")
    assert plain.getvalue() == render([FORCE, FORCE])


@settings(deadline=None)
@given(st.text(max_size=300), st.data())
def test_any_place_of_any_text_can_be_shown(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = Diagnostic("M0101", text, (Label(Span(Source("x", text), start, end), text),), help=text)
    assert "\x1b" not in render([found], width=60)
    json.loads(to_json([found]))
    json.loads(to_sarif([found], version="1", codes={}))


def test_json_is_stable() -> None:
    data = json.loads(to_json([FORCE]))
    place = {
        "file": "sheet.meta",
        "start": {"line": 2, "column": 37, "offset": 46},
        "end": {"line": 2, "column": 41, "offset": 50},
    }
    assert data == {
        "version": 1,
        "diagnostics": [
            {
                "code": "M0402",
                "severity": "error",
                "message": "`E` needs a pressure, found a force",
                "labels": [{**place, "text": "Mass·Length·Time⁻²  [Force]"}],
                "notes": ["expected Mass·Length⁻¹·Time⁻²  [Pressure]"],
                "help": "divide by an area: `50 N/mm^2`",
                "fix": {**place, "replacement": "50 N/mm^2"},
            }
        ],
    }


def test_sarif() -> None:
    codes = {"M0402": Entry("A wrong dimension", "Why.", "check", "codes.toml")}
    run = json.loads(to_sarif([FORCE], version="0.1", codes=codes))["runs"][0]
    assert run["tool"]["driver"]["rules"] == [
        {"id": "M0402", "shortDescription": {"text": "A wrong dimension"}, "help": {"text": "Why."}}
    ]
    result = run["results"][0]
    region = {"startLine": 2, "startColumn": 37, "endLine": 2, "endColumn": 41}
    assert (result["level"], result["locations"][0]["physicalLocation"]["region"]) == ("error", region)
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "50 N/mm^2"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("hiden", "hidden"),
        ("tnah", "tanh"),
        ("Hidden", "hidden"),
        ("layers", None),
        ("x", None),
        ("", None),
    ],
)
def test_suggestions(word: str, meant: str | None) -> None:
    assert suggest(word, ["hidden", "tanh", "y"]) == meant


def test_short_words_are_not_guessed_between_equals() -> None:
    assert suggest("p5", ["p1", "p2", "pm"]) is None
    assert suggest("p5", ["p1", "shear"]) == "p1"


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("net", ["network", "width"], "network"),
        ("Mat", ["material", "width"], "material"),
        ("th", ["thickness"], None),
        ("wid", ["width", "widths"], None),
        ("net", ["nets", "network"], "nets"),
    ],
)
def test_the_only_word_that_begins_so_is_suggested(word: str, names: list[str], meant: str | None) -> None:
    assert suggest(word, names) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("shet.meta", "sheet.meta"),
        ("sheet", "sheet.meta"),
        ("sheet.txt", "sheet.meta"),
        ("other.meta", None),
        ("nothing.meta", None),
    ],
)
def test_endings_do_not_make_files_alike(name: str, meant: str | None) -> None:
    assert suggest_file(name, ["sheet.meta", "long.meta"]) == meant


def test_very_long_words_are_nobodys_misspelling() -> None:
    assert suggest("h" * 99, ["h" * 98]) is None


@pytest.mark.parametrize(
    ("left", "right", "distance"), [("", "ab", 2), ("ab", "ba", 1), ("kitten", "sitting", 3), ("same", "same", 0)]
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == distance


def test_sarif_shows_what_has_no_place_at_the_spec() -> None:
    """Services drop results without a location."""
    found = Diagnostic("M0222", "the plug-in cannot be read", severity="warning")
    (result,) = json.loads(to_sarif([found], version="1", codes={}, spec="a b/sheet.meta"))["runs"][0]["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a%20b/sheet.meta"}}}]
