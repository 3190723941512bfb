"""The class of every definition of the library does what its kind asks for, and what each can do beside that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

import metac
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.interfaces.body import Graded, Meshable, Meshed, Refinable, Remeshable, Repeating, Sized
from metac.compiler.interfaces.generator import Bounded, Composable, Steered
from metac.compiler.interfaces.measure import FromRest, NamedMeasure
from metac.compiler.interfaces.optimiser import Constrained, SelectiveOptimiser
from metac.compiler.interfaces.path import Incremental
from metac.compiler.interfaces.shape import Pore, TiledShape
from metac.compiler.interfaces.study import Amendable, Restartable, StartableFromResult
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.class_shape import Unreadable, shape_in_file, shape_of
from metac.compiler.library.conformance import shape_problems
from metac.compiler.library.definitions import Definition
from metac.compiler.library.folders import Folders
from metac.compiler.library.interface_members import members_of, protocols_of
from metac.compiler.library.lookup import Library
from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source
from metac.stdlib.loads.continuum import CONTROLS

STDLIB = Path(__file__).parents[3] / "stdlib"
KINDS = sorted(path.stem for path in (STDLIB / "kinds").glob("*.meta"))


def library() -> Library:
    return Library(Folders(DiagnosticsSink()))


def definitions(kind: str) -> list[Definition]:
    found = library()
    known = found.kind(kind)
    assert known is not None
    made = [found.find(kind, path.stem) for path in sorted((STDLIB / known.folder).glob("*.meta"))]
    assert not found.findings.failed and made
    return [each for each in made if each is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_its_objects_satisfy(kind: str) -> None:
    known = library().kind(kind)
    assert known is not None and known.interface is not None
    assert known.interface.startswith(f"metac.compiler.interfaces.{kind}:")
    for form in (None, *known.forms):
        assert all(getattr(each, "_is_protocol", False) for each in protocols_of(known, form))


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_of_the_library_does_what_its_kind_asks_for(kind: str) -> None:
    for each in definitions(kind):
        target = load_class(each)
        assert not list(shape_problems(each, shape_of(target))), each.name
        path = STDLIB.parent / (target.__module__.removeprefix("metac.").replace(".", "/") + ".py")
        written = shape_in_file(path, target.__name__)
        assert written is not None and not list(shape_problems(each, written)), f"{each.name}, from its source"


UNASKED = {"boundary", "control", "path", "shape"}
"""Kinds whose objects share no member: bodies know their classes, or what each of them can do (see `CAN`)."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_asks_something_of_its_objects_but_those_that_others_know_by_class(kind: str) -> None:
    # What takes over the form of a field's object is asked what that form asks for.
    own = [each for each in definitions(kind) if each.form_of is None]
    asked = [any(members_of(each) for each in protocols_of(one.kind, one.form)) for one in own]
    assert not any(asked) if kind in UNASKED else all(asked)


def test_bodies_know_all_boundary_conditions_and_controls() -> None:
    assert {load_class(each) for each in definitions("boundary")} == set(CONTROLS)
    known = tuple(control for controls, _ in CONTROLS.values() for control in controls)
    assert all(issubclass(load_class(each), known) for each in definitions("control"))


CAN = {
    Composable: {"flow"},
    Bounded: {"density"},
    Steered: {"density"},
    Meshed: {"cell", "composite", "composite_cell", "deformed", "mesh", "periodic_mesh", "pixels", "specimen"},
    Graded: {"pixels"},
    Repeating: {"cell", "composite", "composite_cell", "deformed", "mesh", "periodic_mesh", "pixels", "specimen"},
    Refinable: {"cell", "composite", "composite_cell", "deformed", "mesh", "periodic_mesh", "pixels", "specimen"},
    Sized: {"frame"},
    Meshable: {"cell", "composite", "composite_cell", "deformed", "specimen"},
    Remeshable: {"deformed"},
    FromRest: {"critical_strain"},
    SelectiveOptimiser: {"mma", "optimality_criteria"},
    Constrained: {"optimality_criteria"},
    Incremental: {"arc_length", "cycle", "increments"},
    Pore: {"circle", "ellipse", "overvelde", "polygon"},
    TiledShape: {"tiled"},
    NamedMeasure: {"poisson_ratio", "youngs_modulus"},
    Amendable: {"optimize"},
    Restartable: {"optimize"},
    StartableFromResult: {"optimize"},
}
"""What a renamed method would take away without a word: an object that lacks it is only treated as one that cannot."""


@pytest.mark.parametrize("capability", CAN, ids=lambda each: each.__name__)
def test_no_capability_gets_lost(capability: type) -> None:
    asked = {member.name for member in members_of(capability)}
    able = {each.name for kind in KINDS for each in definitions(kind) if asked <= members_written(each)}
    assert able >= CAN[capability]


def members_written(definition: Definition) -> set[str]:
    """Methods and attributes, those that methods assign to `self` included."""
    found: set[str] = set()
    for base in load_class(definition).__mro__:
        if base.__module__.startswith("metac."):
            path = STDLIB.parent / (base.__module__.removeprefix("metac.").replace(".", "/") + ".py")
            shape = shape_in_file(path, base.__name__)
            found |= set() if shape is None else {*shape.methods, *shape.attributes}
    return found


def shape(tmp_path: Path, text: str, name: str = "Thing"):
    (tmp_path / "thing.py").write_text(text, encoding="utf-8")
    return shape_in_file(tmp_path / "thing.py", name)


def test_a_base_class_from_elsewhere_may_have_anything(tmp_path: Path) -> None:
    found = shape(tmp_path, "from lab import Base\nclass Thing(Base):\n    def at(self, theta): ...\n")
    assert found is not None and not found.methods_known and found.constructor is None
    assert list(found.methods["at"].parameters) == ["theta"]


def test_bases_in_the_same_file_count(tmp_path: Path) -> None:
    text = (
        "class Base:\n    def __init__(self, a): self.a = a\n    @property\n    def b(self): ...\nclass Thing(Base): pass\n"
    )
    found = shape(tmp_path, text)
    assert found is not None and found.methods_known and {"a", "b"} <= found.attributes
    assert found.constructor is not None and list(found.constructor.parameters) == ["a"]


def test_dataclasses_take_their_fields(tmp_path: Path) -> None:
    text = """
from dataclasses import dataclass, field
from typing import ClassVar
@dataclass(frozen=True)
class Thing:
    a: int
    b: float = 1.0
    c: ClassVar[int] = 3
    d: list = field(init=False)
"""
    found = shape(tmp_path, text)
    assert found is not None and found.constructor is not None
    assert {name: each.default is each.empty for name, each in found.constructor.parameters.items()} == {
        "a": True,
        "b": False,
    }


def test_what_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"thing\.py, line 2"):
        shape(tmp_path, "a = 1\nclass Thing\n    pass\n")
    with pytest.raises(KeyError):
        shape(tmp_path, "class Other: pass\n")
    assert shape(tmp_path, "Thing = type('Thing', (), {})\n") is None


PLUG_IN = """
from dataclasses import dataclass
import jax.numpy as jnp
@dataclass(frozen=True)
class Strange:
    def init(self, key):
        return {INIT}
    def at(self, theta):
        return {AT}
@dataclass(frozen=True)
class Odd:
    of: object
    @property
    def value(self):
        return {VALUE}
@dataclass(frozen=True)
class Push:
    body: object
    @property
    def response(self):
        return {RESPONSE}
class Moves:
    def move({MOVE}):
        return {MOVED}
class Judged:
    ok = True
    status = property(lambda self: self)
    def failure({FAILURE}):
        return None
    def instability(self, name):
        return None
"""
SPEC = """
define generator strange {
    form = FORM
    python "lab.py:Strange"
}
define measure odd {
    of: Body
    python "lab.py:Odd" gives GIVES
}
define load push {
    body: Body
    python "lab.py:Push"
}
define measure look {
    of: Load
    python "lab.py:Odd" gives Scalar
}
generator g = strange
"""
MOVED = {"AT": "Moves()", "VALUE": "self.of.coordinates.sum()"}
BODIES = {
    "mesh": """
body sheet = specimen {
    shape = tiled { motif = circle { radius = 1 mm, at = [0.5, 0.5] }, symmetry = p4 { cell = 10 mm } }
    cells = [1, 1], material = neo_hookean { E = 1 MPa, nu = 0.3 }, size = 4 mm
}
body b = deformed { body = sheet, by = g }
""",
    "grid": """
material soft = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material hard = linear_elastic { E = 2 MPa, nu = 0.3, plane = stress }
body b = pixels { density = DENSITY, size = 2 mm, materials = [soft, hard] }
""",
    "frame": """
body b = frame { network = g, width = 1 mm, material = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress } }
""",
}


@pytest.mark.parametrize(
    ("form", "mistake", "said"),
    [
        ("mesh", {"AT": "theta"}, "without method `move(points, domain)`"),
        (
            "mesh",
            {"AT": "Moves()", "MOVE": "self, points"},
            "whose `move(points)` cannot be called as `move(points, domain)`",
        ),
        ("mesh", MOVED | {"MOVED": "None"}, "`move` must give an array of shape ("),
        ("mesh", MOVED | {"MOVED": "points[:1]"}, "found one of shape (1, 2)"),
        ("grid", {"AT": "jnp.zeros(3)"}, "gives an array float `[row column]`, found an array of shape (3,)"),
        ("frame", {"AT": "jnp.zeros((3, 2))"}, "gives a BeamNetwork, found an array of shape (3, 2)"),
        ("grid", {"INIT": "'nothing'"}, "`init` gives a pytree of arrays, found a `str` in it"),
        ("grid", {"VALUE": "jnp.zeros(2)"}, "`value` must be a real number"),
        ("grid", {"VALUE": "None"}, "`value` must be a real number, an array without axes, found a `NoneType`"),
        ("grid", {"VALUE": "jnp.zeros((), complex)"}, "`value` must be a real number"),
        ("grid", {"VALUE": "jnp.zeros(())", "GIVES": "Curve[Scalar, Scalar]"}, "`value` must be a `Curve`"),
        ("grid", {"RESPONSE": "jnp.zeros(2)"}, "without attribute `status`"),
        ("grid", {"RESPONSE": "Judged()", "FAILURE": "self"}, "whose `failure()` cannot be called as `failure(name)`"),
        ("grid", {"RESPONSE": "Judged()"}, "`response.status` must be a pytree of arrays, found a `Judged` in it"),
    ],
)
def test_what_a_plug_in_gives_is_judged(form: str, mistake: dict[str, str], said: str, tmp_path: Path) -> None:
    parts = {"INIT": "jnp.zeros((2, 2))", "AT": "0 * theta + 0.5", "VALUE": "jnp.zeros(())", "GIVES": "Scalar"}
    parts |= {"RESPONSE": "None", "MOVE": "self, points, domain", "MOVED": "points", "FAILURE": "self, name"} | mistake
    code, text = PLUG_IN, SPEC.replace("FORM", form).replace("GIVES", parts["GIVES"])
    for name, part in parts.items():
        code = code.replace("{" + name + "}", part)
    if form == "grid":
        text = text.replace('"lab.py:Strange"', '"lab.py:Strange" gives Grid')
    text += BODIES[form].replace("DENSITY", "g")
    text += "load l = push { body = b }\nminimize look(l)\n" if "RESPONSE" in mistake else ""
    text += "match odd(b) to 1\n" if "GIVES" not in mistake else "match odd(b) to x -> 1 for 0 .. 1\n"
    (tmp_path / "lab.py").write_text(code, encoding="utf-8")
    (tmp_path / "spec.meta").write_text(text, encoding="utf-8")
    with pytest.raises(DiagnosticError) as caught:
        metac.load(tmp_path / "spec.meta").run()
    found = caught.value.diagnostics
    assert [each.code for each in found] == ["M0579"] and said in found[0].message
    assert found[0].labels[0].span.source.name.endswith("spec.meta")


def test_text_alone_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for target in ("os:system", "subprocess:Popen", "metac.runtime.memory:os", "metac.stdlib.datasets.images:find_spec"):
        text = f'define dataset a {{\n    command: Text = "touch x"\n    python "{target}"\n}}\ndataset d = a\n'
        design = metac.compile(text)
        with pytest.raises(DiagnosticError) as caught:
            design.program()
        assert {each.code for each in caught.value.diagnostics} <= {"M0577", "M0578", "M0571"}, target
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("target", ["os:system", "not_there.py:A", "metac.nothing:A", "metac.stdlib.loads.linear:A"])
def test_a_definition_that_nothing_uses_is_judged_too(target: str) -> None:
    found = check(Source("<unused>", f'define load a {{\n    body: Body[mesh]\n    python "{target}"\n}}\n'))
    assert next(each.code for each in found.diagnostics if each.severity == "error") in ("M0570", "M0571", "M0578")


def test_a_definition_with_a_syntax_error_is_not_missed_where_it_is_used(tmp_path: Path) -> None:
    broken = "define KIND a {\n    mu: Pressure\n    energy(F) = mu*(tr(F.T*F - 3\n}\n"
    used = "material m = a { mu = 1 MPa }\nmaterial n = a { mu = 2 MPa }\n"
    own = check(Source("<broken>", broken.replace("KIND", "material") + used))
    assert [each.code for each in own.diagnostics] == ["M0102"]
    measured = check(Source("<broken>", broken.replace("KIND", "measure") + "report a(1)\nwidget w = a {}\n"))
    assert [each.code for each in measured.diagnostics] == ["M0102", "M0202"]
    (tmp_path / "laws.meta").write_text(broken.replace("KIND", "material"), encoding="utf-8")
    for head, text in (('import "laws.meta"\n', used), ('import "laws.meta" as lab\n', used.replace("= a", "= lab.a"))):
        assert [each.code for each in check(Source("<spec>", head + text), folder=tmp_path).diagnostics] == ["M0102"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ("def starting_from(self): return self", "`starting_from()` cannot be called as `starting_from(start)`"),
        ("def starting_from(self, start): return self\n    def rest(self): return 0", "`rest` is a method"),
        ("def starting_from(self, start): return self", None),
    ],
)
def test_a_capability_of_a_plug_in_is_that_of_its_kind(members: str, said: str | None, tmp_path: Path) -> None:
    code = f"class Own:\n    rest = None\n    def __init__(self, body):\n        self.response = body\n    {members}\n"
    (tmp_path / "lab.py").write_text(code, encoding="utf-8")
    found = check(Source("<spec>", 'define load own {\n    body: Body\n    python "lab.py:Own"\n}\n'), folder=tmp_path)
    problems = [each for each in found.diagnostics if each.code == "M0577"]
    assert len(problems) == (said is not None) and all(said in each.message for each in problems)
