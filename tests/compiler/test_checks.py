import pytest


def test_fields_stay_in_their_ranges(spec):
    result = spec.check(
        "param ratio_of: Scalar = 0.7\nmaterial a = mat { E = 1 MPa, nu = ratio_of }\n"
        "material b = mat { E = 1 MPa, nu = 0.5 }"
    )
    (found,) = [each for each in result.diagnostics if each.severity == "error"]
    assert found.code == "M0304"
    assert found.labels[0].span.text == "ratio_of"
    assert "found 0.7" in found.message
    assert spec.codes("material a = mat { E = 1 MPa, nu = 0.7 }", {"a.nu": 0.2}) == []


def test_wide_ranges_have_sharp_ends(spec):
    text = 'define body bar {\n strain: Scalar in 1e-9 .. 1e3\n python "m.py:M"\n}\n'
    assert spec.codes(text + "body b = bar { strain = 1e-9 }\nbody c = bar { strain = 1e3 }") == []
    assert spec.codes(text + "body b = bar { strain = 0 }\nbody c = bar { strain = 1000.0000001 }") == ["M0304"] * 2


def test_bounds_that_are_computed_may_be_off_by_rounding(spec):
    text = 'define body bar {\n part: Scalar\n rest: Scalar in 0 .. 1 - part\n python "m.py:M"\n}\n'
    assert spec.codes(text + "body b = bar { part = 0.9, rest = 0.1 }") == []
    assert spec.codes(text + "body b = bar { part = 0.9, rest = 0.1000001 }") == ["M0304"]


@pytest.mark.parametrize(("written", "help"), [("10", "write `10 %`"), ("60", None), ("2 * 5", None), ("0.6", None)])
def test_a_percentage_is_proposed_where_it_would_do(spec, written, help):
    text = 'define body ring {\n share: Scalar in 0 .. 0.5\n python "m.py:M"\n}\n'
    (found,) = (
        each for each in spec.check(f"{text}body r = ring {{ share = {written} }}").diagnostics if each.code == "M0304"
    )
    assert found.help == help


def test_lists_are_checked_item_by_item(spec):
    text = 'define body ring {\n sizes: [Length] in 1 mm .. 1 m\n python "m.py:M"\n}\n'
    text += "body r = ring { sizes = [2 mm, 2 m, 0.5 mm] }"
    assert spec.codes(text) == ["M0304", "M0304"]


def test_ranges_may_depend_on_fields(spec):
    text = 'define body ring {\n outer: Length\n inner: Length in 0 mm .. outer\n python "m.py:M"\n}\n'
    assert spec.codes(text + "body r = ring { outer = 2 mm, inner = 1 mm }") == []
    assert spec.codes(text + "body r = ring { outer = 2 mm, inner = 3 mm }") == ["M0304"]


def test_forms(spec):
    assert spec.codes(spec.sheet + "body t = truss\nload p = pulling { body = t, strain = 1 % }") == ["M0506"]


def test_forms_that_follow_a_field(spec):
    definitions = """define body ring {
    form = frame
    python "m.py:M"
}
define body grid {
    form = grid
    python "m.py:M"
}
define body turned {
    body: Body[mesh, frame]
    form = body.form
    python "m.py:M"
}
define load pinch {
    body: Body[frame]
    python "m.py:M"
}
"""
    text = spec.sheet + definitions + "body r = ring { }\nbody g = grid { }\nbody t = turned { body = r }\n"
    assert spec.codes(text + "load p = pinch { body = t }") == []
    assert spec.codes(text + "body u = turned { body = t }\nload p = pinch { body = u }") == []
    assert spec.codes(text + "body u = turned { body = g }") == ["M0506"]
    assert spec.codes(text + "load p = pulling { body = t, strain = 1 % }") == ["M0506"]
    assert spec.codes(text + "body u = turned { }\nload p = pinch { body = u }") == ["M0302"]


def test_a_study_needs_goals(spec):
    assert spec.codes(spec.sheet + spec.study) == ["M0504"]
    assert spec.codes(spec.sheet + spec.study + spec.goal) == []
    assert "M0503" in spec.codes(spec.sheet + spec.goal, severity="warning")


LOOKING = """
define study looking {
    limit: Condition[low, high, Pressure]
    pursues = false
    python "m.py:M"
}
"""


def test_a_study_that_pursues_nothing_needs_no_goals(spec):
    text = spec.sheet + LOOKING + "study look = looking { limit = low < 2 MPa }\n"
    assert spec.codes(text) == []
    # Neither does it pursue those that are there, nor those that another study lacks.
    assert "M0503" in spec.codes(text + spec.goal, severity="warning")
    assert spec.codes(text + spec.study)[:1] == ["M0504"]
    assert spec.codes(text.replace("= false", "= true")) == ["M0504"]


@pytest.mark.parametrize(
    ("limit", "codes"),
    [
        ("low/high > 2", []),
        ("low > 2 MPa and high < 1 GPa", []),
        ("low > 2", ["M0404"]),
        ("low > 2 mm", ["M0404"]),
        ("pressure > 2 MPa", ["M0201"]),
    ],
)
def test_conditions_are_on_quantities_of_a_dimension(spec, limit, codes):
    assert spec.codes(spec.sheet + LOOKING + f"study look = looking {{ limit = {limit} }}\n") == codes


def test_a_study_varies_what_goals_depend_on(spec):
    text = spec.sheet + "load rigid = pulling { body = sheet, strain = 1 % }\nmatch ratio(rigid) to 0\n" + spec.study
    assert spec.codes(text) == ["M0505"]
    assert spec.codes(text + spec.goal) == []


def test_a_range_that_ends_before_it_starts_holds_nothing(spec):
    assert spec.codes(spec.sheet + "require ratio(pull) in 2 .. 1") == ["M0511"]
    assert spec.codes(spec.sheet + "require ratio(pull) in 1 .. 1") == []


def test_targets_out_of_reach_are_errors_of_what_pursues_them(spec):
    measure = 'define measure share {\n of: Load\n range = 0 .. 1\n python "m.py:M" gives Scalar\n}\n'
    text = f"{measure}{spec.sheet}match share(pull) to 2\n"
    assert spec.codes(text + spec.study) == ["M0520"] and spec.codes(text) == []
    assert "M0520" in spec.codes(text, severity="warning")
    for target, found in (("-0.01", []), ("1.01", []), ("-0.03", ["M0520"]), ("1.03", ["M0520"])):
        assert spec.codes(text.replace("to 2", f"to {target} within 0.02") + spec.study) == found


@pytest.mark.parametrize(
    ("given", "help"),
    [("", "say where it counts, `for 0 .. 0.1`, or load further"), (" for 0 .. 20 %", "set `strain = 20 %` in `pull`")],
)
def test_a_curve_that_goes_on_beyond_the_load_may_count_in_part(spec, given, help):
    found = spec.check(f"{spec.sheet}match tensile(pull) to [[0, 0 MPa], [20 %, 1 MPa]]{given}\n{spec.study}").diagnostics
    (beyond,) = (each for each in found if each.code == "M0510")
    assert beyond.help.startswith(help)


def test_a_broken_goal_is_not_a_missing_one(spec):
    assert spec.codes(spec.sheet + spec.study + "match raito(pull) to 1") == ["M0214"]


def test_generators_that_do_nothing(spec):
    text = spec.sheet + spec.goal + spec.study
    assert spec.codes(text + "generator idle = warping { steps = 3 }", severity="warning") == ["M0512"]
    frozen = (
        "generator more = warping { steps = 3 }\nbody twice = moved { body = design, by = more }\n"
        "load grip = pulling { body = twice, strain = 1 % }\nmatch ratio(grip) to 1"
    )
    assert spec.codes(text + frozen, severity="warning") == ["M0513"]
    # One without a name has no line of its own.
    nameless = "body twice = moved { body = sheet, by = warping { steps = 3 } }"
    assert "M0512" not in spec.codes(text + nameless, severity="warning")
    # With a seed of its own it is meant to stay, and so is what a target is made of.
    seeded = frozen.replace("steps = 3", "seed = 3")
    aim = frozen.replace("match ratio(grip) to 1", "match ratio(pull) to ratio(grip)")
    assert spec.codes(text + seeded, severity="warning") == spec.codes(text + aim, severity="warning") == []


@pytest.mark.parametrize("text", ["let a = 1", "f(x) = x", "param p: Scalar = 1", "material m = mat { E = 1 MPa }"])
def test_unused_names_are_warnings(spec, text):
    assert spec.codes(spec.sheet + spec.goal + spec.study + text, severity="warning") == ["M0216"]


def test_names_of_builtins_are_warnings(spec):
    assert "M0215" in spec.codes("let pi = 3\nmaterial m = mat { E = pi * 1 MPa }", severity="warning")


def test_early_kinds_are_made(spec, tmp_path):
    (tmp_path / "shapes.py").write_text(
        "from metac.compiler.interfaces.field_error import FieldError\n"
        "class Disc:\n"
        "    def __init__(self, radius, inside):\n"
        "        self.radius = radius\n"
        "        if inside is not None and inside.radius > radius:\n"
        "            raise FieldError('inside', f'{inside.radius} does not fit into {radius}', help='shrink it')\n"
        "        if radius == 13.0:\n"
        "            raise ZeroDivisionError('oops')\n"
    )
    text = 'define shape disc {\n radius: Length\n inside: Shape = none\n python "shapes.py:Disc"\n}\n'
    assert spec.codes(text + "shape a = disc { radius = 2 mm, inside = disc { radius = 1 mm } }") == []
    (found,) = spec.check(text + "shape a = disc { radius = 2 mm, inside = disc { radius = 3 mm } }").diagnostics
    assert (found.code, found.message, found.help) == ("M0540", "3.0 does not fit into 2.0", "shrink it")
    assert found.labels[0].span.text == "disc { radius = 3 mm }"
    assert spec.codes(text + "param r: Length\nshape a = disc { radius = r }") == []
    known = "param r: Length = 1 mm\nshape a = disc { radius = r, inside = disc { radius = 2 * r } }"
    assert spec.codes(text + known) == ["M0540"]
    # What is already told is not told again by the class, which would be called without a field, or with a wrong one.
    assert spec.codes(text + "shape a = disc { }") == ["M0302"]
    assert spec.codes(text + "shape a = disc { radius = oops }") == ["M0201"]
    assert spec.codes(text.replace("Length", "Lenght") + "shape a = disc { radius = 13 }") == ["M0210"]
    broken = text.replace("none\n", "none in oops .. 1\n")
    assert spec.codes(broken + "shape a = disc { radius = 13 mm }") == ["M0201"]
    assert spec.codes(text + "shape a = disc { radius = 13 mm }") == ["M0573"]
    assert spec.codes(text.replace("Disc", "Disk") + "shape a = disc { radius = 1 mm }") == ["M0571"]
    assert spec.codes(text.replace("shapes.py", "other.py") + "shape a = disc { radius = 1 mm }") == ["M0570"]


def test_what_stands_beside_an_object_is_judged_by_it(spec, tmp_path):
    (tmp_path / "shapes.py").write_text(
        "from metac.compiler.interfaces.field_error import FieldError\n"
        "class Pair:\n"
        "    def __init__(self, one, other, third=None):\n"
        "        pass\n"
        "class Half:\n"
        "    def __init__(self, size):\n"
        "        self.size = size\n"
        "    def require_beside(self, others):\n"
        "        1 / (len(others) == 1)\n"
        "        for field, each in others.items():\n"
        "            if each.size != self.size:\n"
        "                raise FieldError('size', f'`{field}` has {each.size}')\n"
    )
    text = 'define shape half {\n size: Length\n python "shapes.py:Half"\n}\n'
    text += 'define shape pair {\n one: Shape\n other: Shape\n python "shapes.py:Pair"\n}\n'
    pair = "shape p = pair {{ one = half {{ size = 1 mm }}, other = half {{ size = {} mm }} }}"
    assert spec.codes(text + pair.format(1)) == []
    assert spec.codes(text + pair.format(2)) == ["M0540", "M0540"]
    three = text.replace("one: Shape", "one: Shape\n third: Shape = half { size = 1 mm }")
    assert set(spec.codes(three + pair.format(1))) == {"M0573"}


def test_laws_of_the_spec_are_judged(spec):
    law = "define material law {\n E: Pressure\n energy(F) = E * tr(F.T*F)\n}\nmaterial m = law { E = 1 MPa }"
    assert "M0550" in spec.codes(law)


def test_unsteady_values(spec):
    assert spec.codes("param p: Scalar = 0\nmaterial m = mat { E = 1 MPa / p }") == ["M0414"]
    assert spec.codes("material m = mat { E = 1 MPa * log(-1) }") == ["M0414"]


LIST = "param few: [Int] = [1, 2]\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("few[2]", []),
        ("few[3]", ["M0408"]),
        ("few[few[2] + 1]", ["M0408"]),
        ("few[few[3]]", ["M0408"]),
        ("if few[1] > 0 then few[2] else few[3]", []),
        ("if few[1] < 0 then few[2] else few[3]", ["M0408"]),
        ("if few[1] < 0 and few[3] > 0 then 1 else 2", []),
    ],
)
def test_components_of_lists_exist(spec, text, found):
    assert spec.codes(f"{LIST}param one: Scalar = {text}") == found
    assert spec.codes(f"{LIST}material a = mat {{ E = 1 MPa, nu = 0.1 * ({text}) }}") == found


def test_the_index_itself_counts_from_one(spec):
    assert spec.codes(f"{LIST}param zero: Int = 0\nparam one: Scalar = few[zero]") == ["M0408"]


def test_definitions_ask_for_components_of_their_fields(spec):
    text = """define material springs {
 c: [Pressure]
 energy(F) = sum(F) * 0 * c[1] + (if 1 > 2 then c[4] else c[3])
}
"""
    assert spec.codes(text + "material a = springs { c = [1 MPa, 2 MPa] }").count("M0408") == 1
    assert "M0408" not in spec.codes(text + "material a = springs { c = [1 MPa, 2 MPa, 3 MPa] }")


def test_laws_take_no_lists(spec):
    text = "define material springs {\n c: [Pressure]\n energy(F) = (det(F) - 1)^2 * c[1]\n}\n"
    assert spec.codes(text + "material a = springs { c = [1 MPa] }") == ["M0556"]
