"""What a sweep or stage goes through: values in lists and ranges, objects."""

import pytest

from metac.compiler.constant_values import evaluate
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source

LAWS = """material soft = mat { E = 1 MPa }
material hard = mat { E = 9 MPa }
sweep law in [soft, hard, mat { E = 20 MPa }]
"""
SHEET = (
    "body sheet = block { material = law }\ngenerator warp = warping {}\nbody design = moved { body = sheet, by = warp }\n"
)
LOAD = "load pull = pulling { body = design, strain = 10 % }\n"


def chosen(spec, text, place):
    """The design at a place in the sweep `law`."""
    from tests.compiler.conftest import LIBRARY

    return check(Source("<test>", f"{text}\n{LIBRARY}"), folder=spec.folder, chosen={"law": place})


def test_a_sweep_over_objects_chooses_one(spec):
    text = LAWS + SHEET + LOAD + spec.goal + spec.study
    found, hashes = [], set()
    for place in range(3):
        result = chosen(spec, text, place)
        assert not result.diagnostics
        plan = make_plan(result.design_or_raise())
        materials = [node for node in plan.design.nodes.values() if node.kind == "material"]
        assert len(materials) == 1, "the others are no part of this design"
        found.append(evaluate(materials[0].fields["E"]))
        hashes.add(plan.hash)
        assert "law" not in plan.parameters
    assert found == [1.0, 9.0, 20.0] and len(hashes) == 3
    (sweep,) = spec.design(text).sweeps
    assert sweep.of_objects and [value.span.text for value in sweep.values] == ["soft", "hard", "mat { E = 20 MPa }"]


def test_what_is_used_by_its_own_name_stays(spec):
    text = LAWS + SHEET + "body other = block { material = hard }\n"
    assert {"hard", "soft"} <= set(spec.design(text).nodes)


def test_generators_and_studies_go_with_a_swept_generator(spec):
    text = (
        spec.sheet.replace("by = warp", "by = law") + "generator calm = warping { steps = 2 }\nsweep law in [warp, calm]\n"
    )
    text += spec.goal + "study fit = fitting { vary = law }\n"
    for place, (kept, left) in enumerate((("warp", "calm"), ("calm", "warp"))):
        result = chosen(spec, text, place)
        assert not result.diagnostics
        assert kept in result.design_or_raise().nodes and left not in result.design_or_raise().nodes


def test_another_object_from_outside(spec):
    nodes = spec.design(LAWS + SHEET, {"law": "hard"}).nodes
    assert nodes["sheet"].fields["material"].node == "hard"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 mm .. 2 mm by 0.25 mm", [1, 1.25, 1.5, 1.75, 2]),
        ("1 .. 4", [1, 2, 3, 4]),
        ("[i^2 for i in 1 .. 3]", [1, 4, 9]),
        ("0.1 .. 0.4 by 0.1", [0.1, 0.2, 0.3, 0.4]),
    ],
)
@pytest.mark.parametrize("word", ["sweep", "stage"])
def test_ranges(spec, word, text, values):
    design = spec.design(f"{word} size in {text}")
    (found,) = design.sweeps or design.stages
    assert [evaluate(value) for value in found.values] == pytest.approx(values, rel=1e-12)


def test_a_range_of_a_param_and_one_from_outside(spec):
    text = "param size: Length = 1 mm in 0 mm .. 2 mm\nsweep size in 1 mm .. 3 mm by 1 mm\n"
    (found,) = [each for each in spec.check(text).diagnostics if each.severity == "error"]
    assert found.code == "M0305" and "found 3 mm" in found.message
    (sweep,) = spec.design(text, {"size": "0 mm .. 2 mm by 1 mm"}).sweeps
    assert [evaluate(value) for value in sweep.values] == [0.0, 1.0, 2.0]


STEP = "sweep [radius, law] in [[1, soft], [2, soft], [3, hard]]\n"


def test_names_in_tuples_go_in_step(spec):
    text = LAWS.replace("sweep law in [soft, hard, mat { E = 20 MPa }]\n", STEP) + SHEET + LOAD
    text += spec.goal.replace("to -0.3", "to radius/10") + spec.study
    radius, law = spec.design(text).sweeps
    assert (radius.together, law.together) == (("radius", "law"),) * 2 and law.of_objects
    assert [evaluate(each) for each in radius.values] == [1, 2, 3]
    assert [each.span.text for each in law.values] == ["soft", "soft", "hard"]


def test_tuples_may_be_written_by_rule_and_may_be_stages(spec):
    design = spec.design("sweep [n, twice] in [[n, 2*n] for n in 1 .. 3]\nstage [a, b] in [[1, 1 mm], [2, 3 mm]]\n")
    assert [[evaluate(value) for value in each.values] for each in design.sweeps] == [[1, 2, 3], [2, 4, 6]]
    assert [[evaluate(value) for value in each.values] for each in design.stages] == [[1, 2], [1, 3]]


def test_a_name_that_gets_other_values_leaves_its_tuple(spec):
    design = spec.design("sweep [a, b] in [[1, 10], [2, 20]]\n", {"a": "[5, 6, 7]"})
    a, b = design.sweeps
    assert [evaluate(each) for each in a.values] == [5, 6, 7] and a.together == ()
    assert [evaluate(each) for each in b.values] == [10, 20] and b.together == ("a", "b")
