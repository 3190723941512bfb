"""A plan's hash says what is computed, and nothing about how it was written down."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from metac.compiler.interfaces.spec_files import files_relative_to
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source

STATEMENTS = [
    "param wanted: Scalar = -0.2 in -1 .. 0.5",
    "param modulus: Pressure = 2 * soft",
    "param soft: Pressure = 25 MPa",
    "symmetry g = p4 { cell = 20 mm }",
    "material rubber = neo_hookean { E = modulus, nu = 0.46 }",
    "shape pores = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }",
    "body sheet = specimen { shape = pores, cells = [2, 2], material = rubber, size = 4 mm }",
    "generator warp = flow { symmetry = g }",
    "body design = deformed { body = sheet, by = warp }",
    "load pull = tension { body = design, along = y, strain = 4 %, increments = 2 }",
    "match poisson_ratio(pull) to wanted within 0.02",
    "match stress(pull) to e -> min(30 kPa * e / 10 %, 12 kPa) for 0 .. 4 % weight 2",
    "require volume_fraction(design) in 49 % .. 51 %",
    "study fit = optimize { vary = warp, steps = 3 }",
]


def plan(lines, parameters=None, overrides=None):
    source = Source("<text>", "\n".join(lines) + "\n")
    return make_plan(check(source, overrides, folder=Path("/")).design_or_raise(), parameters)


@pytest.fixture(scope="module")
def base():
    return plan(STATEMENTS)


@pytest.mark.parametrize("seed", range(4))
def test_order_comments_and_layout_do_not_count(base, seed):
    lines = list(STATEMENTS)
    random.Random(seed).shuffle(lines)
    lines = [f"# {seed}\n\n" + line.replace(" = ", "   =  ").replace("{ ", "{\n    ") + "  # note" for line in lines]
    assert plan(lines).canonical() == base.canonical()
    assert plan(lines).hash == base.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("radius = 4 mm", "radius = 4.01 mm"),
        ("increments = 2", "increments = 3"),
        ("12 kPa", "13 kPa"),
        ("within 0.02", "within 0.01"),
        ("25 MPa", "26 MPa"),
        ("51 %", "52 %"),
        ("49 %", "48 %"),
        ("weight 2", "weight 3"),
        (" weight 2", ""),
        ("weight 2", "weight 2 scale 1 MPa"),
        ("for 0 .. 4 %", "for 0 .. 3 %"),
        ("for 0 .. 4 %", "for 1 % .. 4 %"),
        ("min(30 kPa", "max(30 kPa"),
        ("match poisson_ratio(pull) to wanted within 0.02", "minimize poisson_ratio(pull)"),
        ("match poisson_ratio(pull) to wanted within 0.02", "maximize poisson_ratio(pull)"),
        ("match poisson_ratio(pull) to wanted within 0.02", "match poisson_ratio(pull) to 2 * wanted within 0.02"),
        ("require volume_fraction(design) in 49 % .. 51 %", "require volume_fraction(design) >= 49 %"),
        ("require volume_fraction(design) in 49 % .. 51 %", "require volume_fraction(design) <= 51 %"),
        ("volume_fraction(design)", "volume_fraction(sheet)"),
        ("along = y", "along = x"),
        ("wanted: Scalar = -0.2", "wanted: Scalar = -0.25"),
        ("steps = 3", "steps = 4"),
        ("neo_hookean { E = modulus, nu = 0.46 }", "compressible_neo_hookean { G = modulus, K = 9 MPa }"),
    ],
)
def test_every_value_counts(base, old, new):
    changed = [line.replace(old, new) for line in STATEMENTS]
    assert changed != STATEMENTS
    assert plan(changed).hash != base.hash


def test_the_sense_of_a_goal_counts():
    low, high = (
        plan([line.replace("match poisson_ratio(pull) to wanted within 0.02", goal) for line in STATEMENTS])
        for goal in ("minimize poisson_ratio(pull)", "maximize poisson_ratio(pull)")
    )
    assert low.hash != high.hash


def test_stages_count():
    hashes = {
        plan([*STATEMENTS, *stages]).hash
        for stages in ([], ["stage wanted in [-0.2, -0.3]"], ["stage wanted in [-0.2, -0.4]"])
    }
    assert len(hashes) == 3


def test_what_is_required_counts():
    """Two measures that the design has anyway, each with the other's bound."""
    one, other = "volume_fraction(design) >= 0.3", "poisson_ratio(pull) >= 0.1"
    swapped = "volume_fraction(design) >= 0.1", "poisson_ratio(pull) >= 0.3"
    base, changed = (plan([*STATEMENTS, *(f"require {each}" for each in pair)]) for pair in ((one, other), swapped))
    assert base.hash != changed.hash


def test_studies_count(base):
    assert plan(STATEMENTS[:-1]).hash != base.hash


def test_another_definition_of_the_same_name_counts(base):
    node = base.design.nodes["pull"]
    other = replace(node, definition=replace(node.definition, content_hash="0" * 64))
    changed = replace(base.design, nodes={**base.design.nodes, "pull": other})
    assert make_plan(changed).hash != base.hash


def test_the_same_value_in_other_units_is_the_same(base):
    assert plan([line.replace("25 MPa", "25 N/mm^2").replace("4 mm,", "0.004 m,") for line in STATEMENTS]).hash == base.hash


def test_parameters(base):
    assert base.parameters == {"wanted": -0.2, "modulus": 50.0, "soft": 25.0}
    assert plan(STATEMENTS, {"soft": 10.0}).parameters["modulus"] == 20.0
    assert plan(STATEMENTS, {"soft": 10.0}).hash != base.hash
    with pytest.raises(ValueError, match="hard"):
        plan(STATEMENTS, {"hard": 1.0})


def test_a_parameter_without_value_is_an_error():
    lines = [line.replace("Pressure = 25 MPa", "Pressure") for line in STATEMENTS]
    with pytest.raises(DiagnosticError) as raised:
        plan(lines)
    (found,) = raised.value.diagnostics
    assert found.code == "M0575" and found.message == "the parameter `soft` has no value"
    assert plan(lines, {"soft": 25.0}).parameters["modulus"] == 50.0


def test_what_is_traced(base):
    once = {"g", "rubber", "pores", "sheet", "fit"}
    traced = {"warp", "design", "pull"}
    assert traced <= base.traced
    assert not once & base.traced
    assert "built once\n" in base.describe()
    assert base.hash in base.describe()


def test_objects_that_nothing_uses_are_left_out(base):
    lines = [line.replace("vary = warp", "vary = warp, using = adam { rate = 1e-2 }") for line in STATEMENTS]
    assert sum(node.kind == "optimiser" for node in plan(lines).design.nodes.values()) == 1


def test_canonical_form_is_json(base):
    form = json.loads(base.canonical())
    assert form["nodes"]["pull"]["fields"]["increments"] == 2
    assert not any(name.startswith("_") for name in form["nodes"])


def test_stages_start_with_their_first_value():
    lines = [*STATEMENTS, "stage share in [0.5, 1]"]
    lines[10] = "match poisson_ratio(pull) to wanted * share within 0.02"
    assert plan(lines).parameters["share"] == 0.5
    assert plan(lines, {"share": 1.0}).parameters["share"] == 1.0


def test_names_that_are_used_twice_at_every_level_do_not_fill_the_memory():
    doubled = [f"let a{level} = a{level - 1} * 0.5 + a{level - 1} * 0.5" for level in range(1, 60)]
    lines = ["let a0 = 25 MPa", *doubled, *(line.replace("25 MPa", "a59") for line in STATEMENTS)]
    large = plan(lines)
    assert len(large.canonical()) < 20_000
    assert plan(lines[::-1]).hash == large.hash
    assert plan([line.replace("let a0 = 25 MPa", "let a0 = 26 MPa") for line in lines]).hash != large.hash


def test_sweeps_and_parameters_may_need_each_other():
    design = check(
        Source(
            "<test>",
            "sweep s in [half, 2*q]\nlet half = q/2\nparam r: Scalar = s + 1\nparam q: Scalar = 0.5\nsweep t in [r, 1]\n"
            "symmetry g = p4 { cell = 1 mm * s * t * r }\n",
        )
    ).design_or_raise()
    assert dict(make_plan(design).parameters) == {"s": 0.25, "t": 1.25, "r": 1.25, "q": 0.5}
    assert dict(make_plan(design, {"q": 2.0}).parameters) == {"s": 1.0, "t": 2.0, "r": 2.0, "q": 2.0}
    assert dict(make_plan(design, {"s": 3.0}).parameters) == {"s": 3.0, "t": 4.0, "r": 4.0, "q": 0.5}


def test_only_what_is_not_given_is_told():
    design = check(
        Source("<test>", "param q: Scalar\nparam r: Scalar = q\nsweep s in [q, r]\nlet a = s\n")
    ).design_or_raise()
    with pytest.raises(DiagnosticError) as caught:
        make_plan(design)
    assert [found.message for found in caught.value.diagnostics] == ["the parameter `q` has no value"]


FILES = """define symmetry filed {{
    file: Text
    cell: Length = 20 mm
    lattice = square
    basis = [[cell, 0 mm], [0 mm, cell]]
    operations = ["x,y"]
    contents = {contents}
}}
symmetry g = filed {{ file = "{name}" }}
"""


ENDS = 'file -> ["-a.csv", "-b.csv"]'
OF_FOLDER = 'file -> ["picture.png", "model.json"]'


@pytest.mark.parametrize(
    ("changed", "name", "contents", "counts"),
    [
        ("net-a.csv", "net-a.csv", ENDS, True),
        ("net-b.csv", "net-a.csv", ENDS, True),
        ("other.csv", "other.csv", ENDS, True),
        ("net-b.csv", "other.csv", ENDS, False),
        ("folder/picture.png", "folder", "file", True),
        ("other.csv", "folder", "file", False),
        ("folder/picture.png", "folder", OF_FOLDER, True),
        ("folder/model.json", "folder", OF_FOLDER, True),
        ("folder/losses.csv", "folder", OF_FOLDER, False),
    ],
)
def test_contents_of_files_that_a_definition_names_count(tmp_path, changed, name, contents, counts):
    (tmp_path / "folder").mkdir()
    for each in ("net-a.csv", "net-b.csv", "other.csv", "folder/picture.png"):
        (tmp_path / each).write_text("1, 2\n")

    def made():
        with files_relative_to(tmp_path):
            return plan([FILES.format(name=name, contents=contents)])

    before = made()
    assert made().hash == before.hash
    (tmp_path / changed).write_text("1, 3\n")
    assert (made().hash != before.hash) is counts


def test_a_file_that_is_not_there_leaves_a_plan(tmp_path):
    with files_relative_to(tmp_path):
        assert plan([FILES.format(name="nowhere.csv", contents="file")]).hash


@pytest.mark.parametrize(
    ("limit", "most", "said"), [("MOST_FILES", 2, "more than 2 files"), ("MOST_BYTES", 7, "GiB of files")]
)
def test_a_folder_that_holds_too_much_is_told_at_its_field(tmp_path, monkeypatch, limit, most, said):
    (tmp_path / "data" / "more").mkdir(parents=True)
    for each in ("a", "b", "more/c"):
        (tmp_path / "data" / each).write_text("1, 2")
    text = FILES.format(name="data", contents="file")
    with files_relative_to(tmp_path):
        assert plan([text]).hash
        monkeypatch.setattr(f"metac.compiler.file_contents.{limit}", most)
        with pytest.raises(DiagnosticError) as told:
            plan([text])
    (found,) = told.value.diagnostics
    assert found.code == "M0644" and said in found.message and found.labels[0].span.text == '"data"'
