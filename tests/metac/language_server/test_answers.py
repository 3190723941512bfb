"""What an editor is told about a text: completion, documentation, places, outline, values, changes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.library.definitions import FileSource
from metac.dsl.source import Source
from metac.language_server import actions, hints, navigation, symbols
from metac.language_server.completion import completions
from metac.language_server.cursor_context import context_at
from metac.language_server.document import Document
from metac.language_server.hover import hover
from metac.language_server.positions import offset_of, position_of

QUICKSTART = Path(__file__).parents[3] / "specs" / "quickstart.meta"
SPEC = QUICKSTART.read_text(encoding="utf-8")


OLD = """define material old {
    E: Pressure
    deprecated = neo_hookean { E = E, nu = 0.3 }
    energy(F) = E*(det(F) - 1)^2
}
"""


def at(text: str) -> tuple[Document, int]:
    """A text with its cursor at `¦`."""
    offset = text.index("¦")
    return Document(text.replace("¦", "")), offset


def proposed(text: str) -> list[str]:
    return [each.label for each in completions(*at(text))]


@pytest.mark.parametrize(
    ("text", "first", "never"),
    [
        ("¦", {"body", "match", "param"}, {"sin", "pixels"}),
        ("bo¦", {"body"}, set()),
        ("body cell = ¦", {"pixels", "specimen"}, {"flow", "sin", "adam"}),
        ("body cell = pi¦xels { size = 1 mm }", {"pixels"}, {"flow"}),
        ("body cell = pixels { ¦", {"density", "size", "materials"}, {"sin", "radius"}),
        ("body cell = pixels { size = 1 mm, ¦ }", {"density", "materials"}, {"size"}),
        ("body cell = pixels {\n  size = 1 mm\n  ¦\n}", {"density", "materials"}, {"size"}),
        ("shape s = circle { radius = 1 mm }\nbody b = specimen { shape = ¦ }", {"s", "circle"}, {"specimen", "sin"}),
        ("study s = optimize { using = ad¦ }", {"adam", "lbfgs"}, {"circle"}),
        ("material m = linear_elastic { plane = ¦ }", {"stress", "strain"}, {"sin"}),
        ("material m = linear_elastic { E = 5 ¦ }", {"MPa", "GPa", "psi"}, {"mm", "kg"}),
        ("body b = specimen { cells = [2, 2], material = linear_elastic { E = 2 ¦", {"MPa"}, {"mm"}),
        ("param r: ¦", {"Length", "Pressure", "Curve", "Body"}, {"sin"}),
        ("load pull = tension { }\nmatch poi¦", {"pull", "poisson_ratio", "stiffness"}, {"specimen"}),
        ("load pull = tension { }\nmatch poisson_ratio(¦)", {"pull", "along"}, set()),
        ("load pull = tension { }\nmatch poisson_ratio(pull, ¦)", {"along"}, set()),
        ("let x = 2\nlet y = x + ¦", {"x", "sqrt", "pi"}, set()),
        ("define ¦", {"material", "measure"}, {"sin"}),
        ("body cell = pixels {\n  size = 1 mm\n\nma¦", {"material", "match"}, set()),
        ("let b = {\n  let a = 3\n  ¦ }", {"sqrt"}, {"material"}),
        ('let t = ¦"body"', {"sqrt"}, set()),
        ('let t = "a # b" + ¦', {"sqrt"}, set()),
        (f"{OLD}material m = ¦", {"neo_hookean"}, {"old"}),
    ],
)
def test_what_fits_is_proposed(text: str, first: set[str], never: set[str]) -> None:
    labels = proposed(text)
    assert first <= set(labels) and not never & set(labels)
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    "text", ["# bo¦dy", 'let t = "bo¦dy"', "body ¦", "let x¦", "param cell: Length = 1 mm  ## the ce¦ll"]
)
def test_nothing_is_proposed_where_a_name_or_a_comment_is_written(text: str) -> None:
    assert proposed(text) == []


def test_needed_fields_come_first_and_are_filled_in() -> None:
    fields = completions(*at("load pull = tension { ¦ }"))
    needed = [each.detail.startswith("needed") for each in fields]
    assert needed == sorted(needed, reverse=True) and any(needed)
    (circle,) = (each for each in completions(*at("shape s = ¦")) if each.label == "circle")
    assert circle.snippet == "circle { radius = ${1:Length}$0 }"


def test_what_an_import_brings_is_proposed_and_found(tmp_path: Path) -> None:
    (tmp_path / "lab.meta").write_text(
        "param stiff: Pressure = 3 MPa\ndefine material own { E: Pressure\n energy = 0 MPa }\n"
    )
    text = 'import "lab.meta" as base\nlet x = base.¦stiff\n'
    offset = text.index("¦")
    document = Document(text.replace("¦", ""), tmp_path / "spec.meta")
    assert [each.label for each in completions(document, offset)] == ["stiff", "own"]
    found = navigation.origin(document, offset + 1)
    assert found is not None and found.text == "stiff"
    assert Path(navigation.path_of(document, found) or "").resolve() == tmp_path / "lab.meta"


def test_fields_of_what_an_import_brings_are_proposed(tmp_path: Path) -> None:
    (tmp_path / "lab.meta").write_text("define material own { stiff: Pressure\n energy = 0 MPa }\n")
    text = 'import "lab.meta" as base\nmaterial m = base.own { ¦ }\n'
    document = Document(text.replace("¦", ""), tmp_path / "spec.meta")
    assert [each.label for each in completions(document, text.index("¦"))] == ["stiff"]


def test_an_argument_has_a_field_by_its_place_and_an_item_of_a_brace_by_its_name_alone() -> None:
    argument = context_at(*at("match poisson_ratio(¦")).field
    assert argument is not None and argument.name == "of"
    assert context_at(*at("body cell = pixels { ¦")).field is None


def test_between_words_there_is_none() -> None:
    assert Document("let x = 1\n\n").word(10) is None and Document("let x = 1\n").word(9) is not None


def hovered(word: str, occurrence: int = 0) -> str:
    document, offset = Document(SPEC, QUICKSTART), -1
    for _ in range(occurrence + 1):
        offset = SPEC.index(word, offset + 1)
    found = hover(document, offset + 1)
    assert found is not None and found[1].text == word
    return found[0]


def test_words_are_explained() -> None:
    assert "neo-Hookean" in hovered("neo_hookean") and "| `E` |" in hovered("neo_hookean")
    assert "**optimize.vary**" in hovered("vary") and "**kind symmetry**" in hovered("symmetry", 2)
    assert "Poisson's ratio" in hovered("poisson_ratio")
    assert "param nu_target: Scalar" in hovered("nu_target", 1) and "a number" in hovered("nu_target")
    assert hovered("50 MPa") == "`50 MPa` is 50 MPa (Pressure)"
    assert "numbers without unit" in hovered("Scalar")
    assert hover(Document("let x = sqrt(2)"), 9) == ("`sqrt`: square root", Document("let x = sqrt(2)").tokens[3].span)
    assert hover(Document("let x = nonsense(2)"), 9) is None
    assert hover(*at("let x = 2\nlet f = x -> x¦ + 1")) is None and hover(*at("let x = 2\nlet f = y -> x¦ + y")) is not None


@pytest.mark.parametrize(
    ("word", "file"), [("neo_hookean", "neo_hookean.meta"), ("cells", "specimen.meta"), ("load", "load.meta")]
)
def test_the_library_is_gone_to(word: str, file: str) -> None:
    document = Document(SPEC, QUICKSTART)
    offset = SPEC.index(f"\n{word} ") + 1 if f"\n{word} " in SPEC else SPEC.index(f"{word} ", SPEC.index("symmetry  g"))
    found = navigation.origin(document, offset)
    assert found is not None and isinstance(found.source, FileSource) and found.source.path.name == file
    assert word in found.text.partition("{")[0]


def renamed(text: str, name: str) -> str:
    document, offset = at(text)
    result = document.text
    for span in reversed(navigation.renamed(document, offset, name)):
        result = result[: span.start] + name + result[span.end :]
    return result


def test_a_name_is_changed_where_it_means_the_same() -> None:
    text = "param a¦: Scalar = 1\nlet f = a -> a + 1\ng(a) = a * 2\nlet b = g(a) + { let a = 3, a } + a\nsweep a in [1, 2]\n"
    wanted = (
        "param z: Scalar = 1\nlet f = a -> a + 1\ng(a) = a * 2\nlet b = g(z) + { let a = 3, a } + z\nsweep z in [1, 2]\n"
    )
    assert renamed(text, "z") == wanted
    inner = "let f = x -> x¦ + 1\nlet x = 2\n"
    assert renamed(inner, "y") == "let f = y -> y + 1\nlet x = 2\n"


def test_names_that_vary_together_and_own_units_are_changed_everywhere() -> None:
    text = (
        "unit fur¦long = 201.168 m\nparam a: Scalar = 1\nparam b: Length = 2 furlong\nsweep [a, b] in [[1, 3 furlong/s*s]]\n"
    )
    assert renamed(text, "ell") == text.replace("¦", "").replace("furlong", "ell")
    swept = "param a¦: Scalar = 1\nparam b: Length = 2 mm\nsweep [a, b] in [[1, 3 mm]]\nlet c = a\n"
    wanted = "param z: Scalar = 1\nparam b: Length = 2 mm\nsweep [z, b] in [[1, 3 mm]]\nlet c = z\n"
    assert renamed(swept, "z") == wanted
    used = "unit furlong = 201.168 m\nlet x = 2 fur¦long\n"
    document, offset = at(used)
    assert len(navigation.uses(document, offset)) == 2 and navigation.origin(document, offset) is not None
    assert "furlong" in proposed(used.replace("fur¦long", "¦"))
    # A unit of metac's is no use of a name that is written like it.
    assert len(navigation.uses(*at("let m¦ = 3\nlet y = 2 m\nlet z = m\n"))) == 2


def test_renaming_the_quickstart_changes_no_meaning() -> None:
    offset = SPEC.index("sheet  =")
    text = renamed(SPEC[:offset] + "¦" + SPEC[offset:], "coupon_1")
    assert Document(text, QUICKSTART).design.plan().parameters == Document(SPEC, QUICKSTART).design.plan().parameters
    assert "body = coupon_1, by = warp" in text and text.count("coupon_1") == 2


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("let a¦ = (\n", "b", "mend the errors of syntax"),
        ("let a¦ = 1\n", "2b", "is no name"),
        ("let a¦ = 1\n", "let", "is no name"),
        ("let a¦ = 1\n", "then", "is no name"),
        ("let a¦ = 1\nlet b = a\n", "b", "stands for something else"),
        ("let a = sq¦rt(2)\n", "b", "only names that this text gives"),
    ],
)
def test_what_cannot_be_renamed_says_why(text: str, name: str, why: str) -> None:
    with pytest.raises(navigation.NotRenamed, match=why):
        navigation.renamed(*at(text), name)


def test_outline_values_and_fixes() -> None:
    document = Document(SPEC, QUICKSTART)
    outline = [(each.name, each.sort, each.detail) for each in symbols.symbols(document)]
    assert outline[0] == ("nu_target", "parameter", "Scalar") and ("pull", "object", "load") in outline
    (long,) = symbols.symbols(Document("match volume_fraction(a_body_with_quite_a_long_name_for_one) to 50 % within 1 %"))
    assert len(long.name) == 60 and long.name.endswith("name_for_one…") and long.sort == "goal"
    assert [text for _, text in hints.hints(document, 0, len(SPEC))] == ["= 0.1", "= 0.49", "= 0.51"]
    assert [text for _, text in hints.hints(Document("let x = 30 kPa\nlet y = 1 mm + 2 m"), 0, 99)] == [
        "= 0.03 MPa",
        "= 2000 mm",
    ]
    wrong = Document("let s = 5 mpa\nlet t = s\n")
    (action,) = actions.actions(wrong, 11, 11)
    assert action.fix.replacement == "MPa" and list(actions.actions(wrong, 20, 21)) == []
    assert actions.laid_out(document) == SPEC and actions.laid_out(Document("let x = (")) is None
    assert actions.laid_out(Document("let x=1\n")) == "let x = 1\n"


@given(st.text(alphabet="aé𝛼\n\r\t x", max_size=30), st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
@settings(max_examples=60)
def test_positions_go_there_and_back(text: str, encoding: str, data: st.DataObject) -> None:
    source = Source("<text>", text)
    offset = data.draw(st.integers(0, len(text)))
    line, column = position_of(source, offset, encoding)
    assert column >= 0
    # Between the two characters of a line's end there is no position of an editor.
    if not (0 < offset < len(text) and text[offset - 1 : offset + 1] == "\r\n"):
        assert offset_of(source, line, column, encoding) == offset
    assert offset_of(source, 10**6, 0, encoding) == len(text)


@given(st.integers(0, len(SPEC)), st.integers(0, 40))
@settings(max_examples=25)
def test_no_position_of_a_half_written_text_is_too_much(end: int, back: int) -> None:
    """Whatever has been typed so far, and wherever the cursor is, there is an answer."""
    document, offset = Document(SPEC[:end], QUICKSTART), max(end - back, 0)
    place = context_at(document, offset)
    assert place.role and isinstance(completions(document, offset), list)
    hover(document, offset)
    navigation.origin(document, offset)
    navigation.uses(document, offset)
