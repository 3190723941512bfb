"""Files that are imported: their values, functions and objects, under which names, with values from outside."""

import pytest

from metac.compiler.constant_values import evaluate
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source
from tests.compiler.conftest import LIBRARY

CORE = "param unit: Pressure = 1 MPa\ndouble(x) = 2*x\nlet nu = 0.4\n"
BASE = """import "core.meta" as core
param stiff: Pressure = core.double(core.unit)
param needless: Pressure
let third = stiff / 3
threefold(x) = { let twice = core.double(x), x + twice }
material rubber = mat { E = stiff, nu = core.nu }
material spare = mat { E = third, nu = core.nu }
"""


@pytest.fixture
def project(spec):
    """A compiler in a folder with files to import; the small library is one of them."""
    for name, text in {"core": CORE, "base": f'import "small.meta"\n{BASE}', "small": LIBRARY}.items():
        (spec.folder / f"{name}.meta").write_text(text, encoding="utf-8")

    def checked(text, overrides=None, **files):
        for name, content in files.items():
            (spec.folder / f"{name}.meta").write_text(content, encoding="utf-8")
        return check(Source("<test>", text), overrides, folder=spec.folder)

    return checked


BODY = "# metac: allow M0216 nothing measures it\nbody sheet = block { material = "
BLOCK = f'import "small.meta"\n{BODY}'


def modulus(result, name=None):
    """Young's modulus of a material, by default the one without name, with the defaults of all parameters."""
    design = result.design_or_raise()
    anonymous = [node for node in design.nodes if node.startswith("_mat")]
    node = design.nodes[name or anonymous[0]]
    return evaluate(node.fields["E"], dict(make_plan(design).parameters))


def codes(result, severity="error"):
    return [found.code for found in result.diagnostics if found.severity == severity]


def test_values_functions_and_objects_come_under_their_name(project):
    text = f'import "base.meta" as base\n{BLOCK}mat {{ E = base.threefold(base.third), nu = base.core.nu }} }}'
    assert modulus(project(text)) == pytest.approx(2.0)
    result = project(f'import "base.meta" as base\n{BLOCK}base.rubber }}')
    assert modulus(result, "base.rubber") == 2.0
    assert not result.diagnostics
    assert set(result.design_or_raise().nodes) == {"base.rubber", "sheet"}, "what nothing uses is left out"
    assert set(make_plan(result.design_or_raise()).parameters) == {"base.stiff", "base.core.unit"}


def test_without_a_name_they_are_called_as_there(project):
    result = project(f'import "base.meta"\n{BODY}rubber }}\nlet kept = core.nu', {"stiff": "5 MPa"})
    assert modulus(result, "rubber") == 5.0
    assert codes(result, "warning") == ["M0216"], "of the name `kept` alone"


def test_values_from_outside_are_read_where_they_are_put_in(project):
    text = f'import "base.meta" as base\n{BLOCK}base.rubber }}'
    assert modulus(project(text, {"base.stiff": "4 * core.unit"}), "base.rubber") == 4.0
    assert modulus(project(text, {"base.core.unit": "3 MPa"}), "base.rubber") == 6.0
    assert modulus(project(text, {"base.rubber.E": "third"}), "base.rubber") == pytest.approx(2 / 3)
    assert modulus(project(text, {"base.rubber": "mat { E = 7 MPa }"}), "base.rubber") == 7.0
    assert codes(project(text, {"base.stiff": "base.third"})) == ["M0201"]
    assert codes(project(text, {"base.stiff": "3 mm"})) == ["M0402"]
    assert codes(project(text, {"base.needless": "3 MPa"}), "warning") == ["M0216"]


def test_a_file_is_there_once_under_the_shortest_way(project):
    two = 'import "base.meta" as base\nimport "core.meta" as z\n'
    text = f"{two}{BLOCK}mat {{ E = base.core.unit + z.unit + base.stiff }} }}"
    result = project(text, {"base.core.unit": "2 MPa"})
    assert set(make_plan(result.design_or_raise()).parameters) == {"z.unit", "base.stiff"}
    assert modulus(result) == 8.0
    turned = "\n".join(reversed(two.splitlines()))
    again = project(f"{turned}\n{text.removeprefix(two)}", {"z.unit": "2 MPa"})
    assert make_plan(again.design_or_raise()).hash == make_plan(result.design_or_raise()).hash


def test_what_is_not_used_is_not_in_the_hash(project):
    text = f'import "base.meta" as base\n{BLOCK}base.rubber }}'
    first = make_plan(project(text).design_or_raise()).hash
    more = f'import "small.meta"\n{BASE}material other = mat {{ E = 9 MPa }}\nparam far: Length = 3 mm\n'
    assert make_plan(project(text, base=more).design_or_raise()).hash == first
    assert (
        make_plan(project(text, base=more.replace("2*x", "3*x"), core=CORE.replace("2*x", "3*x")).design_or_raise()).hash
        != first
    )


def test_objects_of_definitions_by_a_longer_way(project):
    result = project(
        'import "base.meta" as base\nmaterial m = base.core.own { E = 3 MPa }\nmaterial n = base.core.own', core=CORE
    )
    assert codes(result) == ["M0203", "M0203"]
    own = CORE + "define material own { E: Pressure = 2 MPa\n energy(F) = E/2*(tr(F.T*F) - dim - 2*log(det(F))) }"
    result = project(
        'import "base.meta" as base\nmaterial m = base.core.own { E = 3 MPa }\nmaterial n = base.core.own', core=own
    )
    assert (modulus(result, "m"), modulus(result, "n")) == (3.0, 2.0)


def test_names_inside_hide_imports(project):
    text = f'import "base.meta" as base\nfirst(base) = base.E\n{BLOCK}mat {{ E = first(base.rubber) }} }}'
    assert modulus(project(text)) == 2.0


def test_a_condition_may_ask_what_is_imported(project):
    flags = "param soft: Bool = true\nlet also = soft\n"
    text = f'import "flags.meta" as flags\n{BLOCK}if flags.also then mat {{ E = 1 MPa }} else mat {{ E = 5 MPa }} }}'
    assert modulus(project(text, flags=flags)) == 1.0
    nodes = project(text, {"flags.soft": "false"}, flags=flags).design_or_raise().nodes
    assert [evaluate(node.fields["E"]) for node in nodes.values() if node.kind == "material"] == [5.0]


def test_a_sweep_goes_through_what_is_imported_without_a_name(project):
    result = project(f'import "base.meta"\n{BLOCK}rubber }}\nsweep stiff in [1 MPa, 4 MPa]')
    (sweep,) = result.design_or_raise().sweeps
    assert [evaluate(value) for value in sweep.values] == [1.0, 4.0] and sweep.name == "stiff"


def test_studies_and_goals_are_the_specs_own(project, spec):
    pursued = f'import "small.meta"\n{spec.sheet}{spec.goal}{spec.study}'
    text = f'import "pursued.meta" as p\n{BLOCK}p.rubber }}'
    result = project(text, pursued=pursued)
    assert codes(result, "warning") == ["M0228"] and not result.design_or_raise().studies
    allowed = text.replace(" as p\n", " as p  # metac: allow M0228\n")
    assert not project(allowed, pursued=pursued).diagnostics
    imports = 'import "small.meta"\nimport "pursued.meta" as p  # metac: allow M0228\n'
    taken = f"{imports}match ratio(p.pull) to -0.3\nstudy fit = p.fit"
    result = project(taken, pursued=pursued)
    assert not result.diagnostics and result.design_or_raise().studies == ("p.fit",)


def test_a_broken_import_is_told_once(project):
    text = f'import "base.meta" as base\nimport "gone.meta"\n{BLOCK}other }}\nlet x = 3 * unknown + f(2)'
    assert codes(project(text)) == ["M0206"]
    broken = 'import "gone.meta" as missing\n' + BASE.replace("let third =", "let third ==")
    assert codes(project('import "base.meta" as base\nlet x = base.third + base.missing.y', base=broken)).count("M0201") == 0


def test_warnings_of_an_imported_file_are_allowed_there(project):
    assert codes(project('import "deep.meta" as d\nlet x = d.max', deep="let max = 3"), "warning") == ["M0215", "M0216"]
    allowed = "let max = 3  # metac: allow M0215\nlet y = 2  # metac: allow M0216\n"
    assert codes(project('import "deep.meta" as d\nlet x = d.max', deep=allowed), "warning") == ["M0216"]
