import pytest

from metac.compiler import graph
from metac.compiler.constant_values import evaluate
from metac.compiler.types import types
from metac.compiler.types.dimensions import PRESSURE


def test_nodes_come_after_what_they_refer_to(spec):
    design = spec.design(spec.study + spec.goal + spec.sheet)
    order = list(design.nodes)
    for name, node in design.nodes.items():
        for value in node.fields.values():
            if isinstance(value, graph.Reference):
                assert order.index(value.node) < order.index(name)
    assert design.studies == ("fit",)


def test_nested_constructors_become_nodes_once(spec):
    design = spec.design(
        "body a = block { material = mat { E = 1 MPa } }\nbody b = block { material = mat { nu = 0.3, E = 1000 kPa } }\n"
        "body c = block { material = mat { E = 2 MPa } }\n"
    )
    assert design.nodes["a"].fields == design.nodes["b"].fields
    assert design.nodes["a"].fields != design.nodes["c"].fields
    assert sum(node.definition.name == "mat" for node in design.nodes.values()) == 2


def test_measures_are_shared_between_goals(spec):
    design = spec.design(
        spec.sheet + "let m = tensile(pull)\nmatch m to 0\nminimize max(m)\nmaximize tensile(of = pull)(5 %)"
    )
    assert sum(node.definition.name == "tensile" for node in design.nodes.values()) == 1
    assert [goal.name for goal in design.goals] == ["m", "max(m)", "tensile(of = pull)(5 %)"]


def test_definitions_without_required_fields_need_no_braces(spec):
    design = spec.design(
        "generator w = warping\nbody b = moved { body = block { material = mat { E = 1 MPa } }, by = warping }"
    )
    assert [node.definition.name for node in design.nodes.values()] == ["warping", "mat", "block", "warping", "moved"]


def test_an_alias_is_the_same_object(spec):
    design = spec.design(spec.sheet + "body same = sheet\nbody again = moved { body = same, by = warp }")
    assert design.nodes["again"].fields["body"] == design.nodes["design"].fields["body"]
    assert "same" not in design.nodes


def test_choices_win_over_names(spec):
    design = spec.design(spec.sheet + "let x = 3\nload push = pulling { body = design, along = x, strain = 1 % }")
    assert evaluate(design.nodes["push"].fields["along"]) == "x"
    assert spec.codes(spec.sheet + "load push = pulling { body = design, along = z, strain = 1 % }") == ["M0309"]


def test_defaults_may_use_other_fields(spec):
    assert evaluate(spec.design("generator w = warping { steps = 10 }").nodes["w"].fields["rate"]) == 5


def test_optional_fields(spec):
    design = spec.design("body b = block { material = mat { E = 1 MPa }, note = none }")
    assert evaluate(design.nodes["b"].fields["note"]) is None
    assert spec.codes("body b = block { material = none }") == ["M0403"]


def test_conditions_become_functions(spec):
    design = spec.design(spec.sheet + "study fit = fitting { vary = warp, stop = loss < 1e-4 or step > 10 }\n" + spec.goal)
    stop = design.nodes["fit"].fields["stop"]
    assert isinstance(stop, graph.Function)
    assert [variable.name for variable in stop.parameters] == ["loss", "step"]
    assert evaluate(stop.body, {"loss": 1.0, "step": 11}) is True
    assert spec.codes(spec.sheet + "study fit = fitting { vary = warp, stop = los < 1e-4 }\n" + spec.goal) == ["M0201"]


def test_members_are_in_terms_of_the_fields(spec):
    design = spec.design(
        "define material law {\n K: Pressure\n let k = K / 2\n energy(F) = k * (tr(F.T*F) - dim - 2*log(det(F)))\n}\n"
        "material m = law { K = 2 MPa }"
    )
    energy = design.nodes["m"].members["energy"]
    assert isinstance(energy, graph.Function)
    assert energy.body.type == types.NumberType(PRESSURE)
    assert energy.parameters[0].type == types.TensorType((3, 3))


# Params, stages, sweeps


def test_params_stay_symbolic(spec):
    design = spec.design(
        "param s: Pressure = 2 * base in 0 MPa .. 10 MPa\nparam base: Pressure = 1 MPa\nmaterial m = mat { E = s }"
    )
    assert list(design.parameters) == ["base", "s"]
    assert design.nodes["m"].fields["E"] == graph.Parameter("s", types.SCALAR, design.nodes["m"].span)


def test_params_without_default_are_fine_until_a_run(spec):
    assert spec.design("param s: Pressure\nmaterial m = mat { E = s }").parameters["s"].default is None


def test_stages_and_sweeps(spec):
    design = spec.design(
        "param s: Pressure = 2 MPa\nsweep s in [1 MPa, 2 MPa]\nstage gamma in [0, 0.1, 0.2]\n"
        "material m = mat { E = s, nu = gamma }"
    )
    assert [(each.name, len(each.values)) for each in (*design.sweeps, *design.stages)] == [("s", 2), ("gamma", 3)]
    assert design.sweeps[0].type == types.NumberType(PRESSURE)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("param s: Pressure = 2 mm", ["M0402"]),
        ("param s: Scalar = 2 in 0 .. 1", ["M0305"]),
        ("param s: Scalar = 2 in 0 .. 1 mm", ["M0402"]),
        ("param m: Material = mat { E = 1 MPa }", ["M0306"]),
        ("sweep s in []", ["M0312"]),
        ("stage s in 3", ["M0312"]),
        ("stage s in 1 mm .. 3 mm", ["M0420"]),
        ("let list = [1, 2]\nstage s in list", []),
        ("sweep s in [1, 2 mm]", ["M0413"]),
        ("param s: Scalar = 0 in 0 .. 1\nsweep s in [0.5, 2]", ["M0305"]),
        ("param s: Pressure = 0\nsweep s in [1 mm]", ["M0402"]),
        ("let s = 1\nsweep s in [1]", ["M0204"]),
        ("param s: [Length] = [1 mm, 2] in 0 mm .. 1 m", ["M0402"]),
    ],
)
def test_what_is_wrong_with_params(spec, text, codes):
    assert spec.codes(text) == codes


# Values from outside


def test_overrides(spec):
    text = (
        spec.sheet
        + "param p: Pressure = 1 MPa in 0 MPa .. 5 MPa\nmaterial m = mat { E = p }\n"
        + "body other = block { material = mat { E = 3 MPa } }"
    )
    values = {
        "p": "2000 kPa",
        "warp.hidden": [20, 20, 5],
        "warp.steps": 3,
        "pull.strain": "5 %",
        "pull.along": "x",
        "other.material.nu": 0.25,
        "rubber.E": 7.5,
    }
    design = spec.design(text, values)
    assert evaluate(design.parameters["p"].default) == 2
    assert evaluate(design.nodes["warp"].fields["hidden"]) == (20, 20, 5)
    assert evaluate(design.nodes["warp"].fields["steps"]) == 3
    assert evaluate(design.nodes["pull"].fields["strain"]) == 0.05
    assert evaluate(design.nodes["pull"].fields["along"]) == "x"
    assert evaluate(design.nodes[design.nodes["other"].fields["material"].node].fields["nu"]) == 0.25
    assert evaluate(design.nodes["rubber"].fields["E"]) == 7.5


def test_another_definition_keeps_the_fields(spec):
    text = 'define material other {\n E: Pressure\n python "m.py:M"\n}\n' + spec.sheet
    node = spec.design(text, {"rubber": "other"}).nodes["rubber"]
    assert node.definition.name == "other"
    assert evaluate(node.fields["E"]) == 50


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("wrap.hidden", [1], "M0307"),
        ("warp.hiden", [1], "M0301"),
        ("warp.hidden", [1.5], "M0411"),
        ("warp.steps", 1000, "M0304"),
        ("pull.strain", "5 MPa", "M0402"),
        ("pull.strain", "5 %%", None),
        ("pull.strain", object(), "M0314"),
        ("pull.strain", float("nan"), "M0414"),
        ("five", 6, "M0308"),
        ("design.body.size", [1, 2], "M0308"),
        ("p", 11, "M0305"),
        ("p", None, "M0403"),
        ("p", "", None),
    ],
)
def test_bad_overrides(spec, name, value, code):
    text = spec.sheet + "let five = 5\nparam p: Scalar = five in 0 .. 10\n"
    found = spec.codes(text, {name: value})
    assert found == [code] if code else found and found[0].startswith("M0")


def test_python_arrays(spec):
    numpy = pytest.importorskip("numpy")
    design = spec.design(
        "param sizes: [Length] = [1 mm]\nbody b = block { material = mat { E = 1 MPa }, size = sizes }",
        {"sizes": numpy.array([3.0, 4.0])},
    )
    assert evaluate(design.parameters["sizes"].default) == (3.0, 4.0)


# Goals


def test_goals(spec):
    design = spec.design(
        spec.sheet
        + """
let level = e -> min(30 kPa * e / 10 %, 12 kPa)
match tensile(pull) to level for 0 .. 10 % weight 2 scale 10 kPa within 1 kPa
match tensile(pull) to 12 kPa
match moduli(pull) to [[1, 0], [0, 1]]
maximize ratio(pull, part = 2)
"""
    )
    curve, flat, tensor, most = design.goals
    assert isinstance(curve.target, graph.Function)
    assert curve.domain is not None
    assert evaluate(curve.target.body, {"e": 0.1}) == pytest.approx(0.012)
    assert evaluate(curve.domain) == (0, 0.1, None)
    assert evaluate(curve.weight) == 2
    assert evaluate(curve.tolerance) == pytest.approx(1e-3)
    assert isinstance(flat.target, graph.Function)
    assert flat.name == "tensile(pull) (2)"
    assert evaluate(tensor.target) == ((1, 0), (0, 1))
    assert (most.sense, most.target) == ("maximize", None)


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("require ratio(pull) in -1 .. 0.5", -1, 0.5),
        ("require ratio(pull) <= 0.5", None, 0.5),
        ("require ratio(pull) >= 0.5", 0.5, None),
        ("require 0.5 > ratio(pull)", None, 0.5),
        ("require ratio(pull) < 2 * ratio(pull, part = 2)", None, 0),
        ("require ratio(pull) in 0 .. inf", 0, None),
    ],
)
def test_requirements(spec, text, lower, upper):
    (requirement,) = spec.design(spec.sheet + text).requirements
    assert (requirement.lower and evaluate(requirement.lower)) == lower
    assert (requirement.upper and evaluate(requirement.upper)) == upper


def test_joined_requirements(spec):
    assert len(spec.design(spec.sheet + "require ratio(pull) > 0 and tensile(pull)(1 %) < 3 MPa").requirements) == 2


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("match ratio(pull) to 3 MPa", ["M0402"]),
        ("match tensile(pull) to e -> e", ["M0402"]),
        ("match tensile(pull) to (e, f) -> e", ["M0412"]),
        ("match tensile(pull) to tensile(pull)", ["M0502"]),
        ("match ratio(pull) to e -> e", ["M0502"]),
        ("match moduli(pull) to [[1, 2]]", ["M0407"]),
        ("match moduli(pull) to 3", ["M0403"]),
        ("match 3 to 3", ["M0501"]),
        ("match pull to 3", ["M0403"]),
        ("match ratio(pull) to 1 for 0 .. 1", ["M0509"]),
        ("match tensile(pull) to 1 MPa for 0 .. 1 mm", ["M0402"]),
        ("match tensile(pull) to 1 MPa for 0 .. 11 %", ["M0510"]),
        ("match tensile(pull) to 1 MPa for -1 % .. 10 %", ["M0510"]),
        ("match tensile(pull) to 1 MPa for 5 % .. 5 %", ["M0511"]),
        ("match ratio(pull) to tensile(pull)(11 %) / (1 MPa)", ["M0510"]),
        ("match ratio(pull) to 1 weight -1", ["M0508"]),
        ("match ratio(pull) to 1 scale 1 mm", ["M0402"]),
        ("match tensile(pull) to 1 MPa within 1", ["M0402"]),
        ("minimize tensile(pull)", ["M0502"]),
        ("minimize moduli(pull)", ["M0502"]),
        ("minimize 3", ["M0501"]),
        ("require ratio(pull) == 3", ["M0507"]),
        ("require ratio(pull)", ["M0507"]),
        ("require 3 < 4", ["M0501"]),
        ("require ratio(pull) in 1 .. 0", ["M0511"]),
        ("require ratio(pull) < 3 MPa", ["M0404"]),
        ("match raito(pull) to 3", ["M0214"]),
        ("match ratio(pul) to 3", ["M0201"]),
        ("match ratio() to 3", ["M0302"]),
        ("match ratio(pull, 1, 2) to 3", ["M0310"]),
        ("match ratio(sheet) to 3", ["M0403"]),
        ("match ratio(pull, of = pull) to 3", ["M0303"]),
        ("match ratio(pull, par = 2) to 3", ["M0301"]),
    ],
)
def test_what_is_wrong_with_goals(spec, text, codes):
    assert spec.codes(spec.sheet + text) == codes


def test_a_curve_range_may_come_from_params(spec):
    text = "param most: Scalar = 5 %\nload p = pulling { body = design, strain = most }\n"
    text += "match tensile(p) to 1 MPa for 0 .. 10 %\n"
    assert spec.codes(spec.sheet + text) == ["M0510"]
    assert spec.codes(spec.sheet + text, {"most": "20 %"}) == []
    assert spec.codes(spec.sheet + text.replace(" = 5 %", "")) == []
