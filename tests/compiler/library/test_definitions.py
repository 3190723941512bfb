import importlib.metadata
import sys

import pytest

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.content_hash import content_hash
from metac.compiler.library.imports import open_library
from metac.compiler.pipeline import check
from metac.dsl.parser import parse
from metac.dsl.source import Source

WAVE = """
## Rows of pores displaced by a sine series.
define generator wave {
    terms: Int = 3 in 1 .. 100    ## number of terms
    edge:  Length
    form = mesh
    python "wave.py:Wave"
}
"""


def library(text):
    findings = DiagnosticsSink()
    module = parse(Source("<test>", text)).module
    return open_library(module, findings), findings


def found(lib, kind, name):
    """A definition that is there."""
    definition = lib.find(kind, name)
    assert definition is not None
    return definition


def test_a_definition_as_it_is_read():
    lib, findings = library(WAVE)
    wave = lib.find("generator", "wave")
    assert wave is not None
    assert not findings.all
    assert list(wave.fields) == ["terms", "edge"]
    assert wave.required == ("edge",)
    assert wave.form == "mesh"
    assert wave.target == wave.python == "wave.py:Wave"
    assert wave.doc == "Rows of pores displaced by a sine series."
    assert wave.fields["terms"].doc == "number of terms"


def test_the_content_hash_ignores_layout_comments_and_docs():
    def hashed(text):
        return content_hash(parse(Source("<test>", text)).module.statements[0])

    assert hashed(WAVE) == hashed(
        'define generator wave {terms: Int = 3 in 1 .. 100, edge: Length # x\n form=mesh\n python "wave.py:Wave"}'
    )
    assert hashed(WAVE) != hashed(WAVE.replace("100", "99"))


def test_what_a_generator_keeps_is_no_part_of_what_is_computed():
    def read(text):
        return found(library(text)[0], "generator", "wave")

    keeping = read(WAVE.replace("form = mesh", "form = mesh\n    keeps = [volume_fraction, solid_volume]"))
    assert keeping.keeps == ("volume_fraction", "solid_volume")
    assert keeping.content_hash == read(WAVE).content_hash != read(WAVE.replace("form = mesh", "")).content_hash


def test_the_library_is_read_lazily():
    lib, _ = library("")
    assert lib.find("symmetry", "p4") is not None
    assert {name.rsplit("/", 1)[-1] for name in lib.folders.read} == {"p4.meta", "symmetry.meta"}


def test_own_definitions_come_before_those_of_the_library():
    lib, _ = library('define symmetry p4 {\n edge: Length\n python "m.py:M"\n}')
    assert list(found(lib, "symmetry", "p4").fields) == ["edge"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('define generator w {\n python "m.M"\n}', ["M0211"]),
        ('define generator w {\n python "../m.py:M"\n}', ["M0211"]),
        ("define generator w {\n a: Int\n}", ["M0212"]),
        ('define generator w {\n a: Int\n a: Int\n python "m.py:M"\n}', ["M0213"]),
        ('define generator w {\n a: Inte\n python "m.py:M"\n}', ["M0210"]),
        ('define generator w {\n a: Int = 2.5\n python "m.py:M"\n}', ["M0411"]),
        ('define generator w {\n a: Length = 2 N\n python "m.py:M"\n}', ["M0402"]),
        ('define generator w {\n a: Length = 2 mm in 0 N .. 1 N\n python "m.py:M"\n}', ["M0402"]),
        ('define generator w {\n a: Int = 1 in 3 .. 1\n python "m.py:M"\n}', ["M0311"]),
        ('define generator w {\n a: Int = b\n b: Int = 2\n python "m.py:M"\n}', []),
        ('define generater w {\n python "m.py:M"\n}', ["M0202"]),
        ('define generator w {\n python "m.py:M"\n}\ndefine generator w {\n python "m.py:M"\n}', ["M0204"]),
        ("define material m {\n E: Pressure\n energy(F) = E * nothing_here\n}", ["M0201"]),
        ("define material m {\n E: Pressure\n energy(F) = E * (tr(F) - 1 mm)\n}", ["M0404"]),
        ("define material m {\n E: Force\n energy(F) = E * tr(F)\n}", ["M0402"]),
        ("define material m {\n E: Pressure\n let a = b\n let b = a\n energy(F) = E * tr(F) * a\n}", ["M0205"]),
        ("define activation a {\n apply(x) = x * s\n}", ["M0201"]),
        ("define activation a {\n apply(x) = max(0, x)\n}", []),
    ],
)
def test_what_is_wrong_with_definitions(text, codes, tmp_path, monkeypatch):
    unreadable(tmp_path, "m")
    monkeypatch.chdir(tmp_path)
    found = check(Source("<test>", text)).diagnostics
    assert [each.code for each in found if each.severity == "error"] == codes


KIND = """
## A repeated cell.
define kind lattice {
    folder = "lattices"
    vectors: [[Length]]
    holes:   Int = 0
    python "lattice.py:Lattice"
}
"""


def unreadable(folder, *names):
    """Files with a class of which nothing can be told before it is run."""
    for name in names:
        (folder / f"{name}.py").write_text(f"{name.title()} = type('{name}', (), {{}})\n")


def test_a_kind_of_ones_own(tmp_path, monkeypatch):
    unreadable(tmp_path, "m", "lattice")
    monkeypatch.chdir(tmp_path)
    text = KIND + (
        "define lattice square {\n edge: Length\n vectors = [[edge, 0 mm], [0 mm, edge]]\n}\n"
        'define body panel {\n of: Lattice\n python "m.py:M"\n}\n'
        "lattice l = square { edge = 3 mm }\nbody b = panel { of = l }\n"
    )
    result = check(Source("<test>", text))
    assert not [each for each in result.diagnostics if each.severity == "error"]
    node = result.design_or_raise().nodes["l"]
    assert node.definition.target == "lattice.py:Lattice"
    assert set(node.members) == {"vectors", "holes"}


def test_a_kind_says_what_its_definitions_must_state(tmp_path, monkeypatch):
    unreadable(tmp_path, "lattice")
    monkeypatch.chdir(tmp_path)
    found = check(Source("<test>", KIND + "define lattice square {\n edge: Length\n holes = 1.5\n}")).diagnostics
    assert sorted(each.code for each in found) == ["M0212", "M0411"]


def test_imports(tmp_path):
    (tmp_path / "lab").mkdir()
    unreadable(tmp_path / "lab", "m", "wave")
    (tmp_path / "lab" / "wave.meta").write_text(
        KIND + WAVE + 'define generator quick {\n edge: Length = 1 mm\n python "m.py:M"\n}'
    )
    plain = 'import "lab/wave.meta"\ngenerator w = wave { edge = 2 mm }\ngenerator q = quick'
    named = 'import "lab/wave.meta" as lab\ngenerator w = lab.wave { edge = 2 mm }\ngenerator q = lab.quick'
    for text in (plain, named):
        result = check(Source("<test>", text), folder=tmp_path)
        assert result.design is not None
        assert result.design.nodes["w"].definition.name == "wave"
        assert "lattice" in (result.design.nodes["w"].definition.home.kind_names())
    unnamed = check(Source("<test>", 'import "lab/wave.meta" as lab\ngenerator w = wave { edge = 2 mm }'), folder=tmp_path)
    (found,) = unnamed.diagnostics
    assert found.code == "M0203"
    assert found.help == "did you mean `lab.wave`?"


def test_imported_definitions_see_their_own_file(tmp_path):
    unreadable(tmp_path, "m")
    (tmp_path / "inner.meta").write_text("define activation soft {\n apply(x) = x / (1 + abs(x))\n}")
    (tmp_path / "outer.meta").write_text(
        'import "inner.meta" as inner\ndefine generator g {\n act: Activation = inner.soft\n python "m.py:M"\n}'
    )
    design = check(Source("<test>", 'import "outer.meta"\ngenerator a = g'), folder=tmp_path).design_or_raise()
    assert [node.definition.name for node in design.nodes.values()] == ["soft", "g"]


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "~/x.meta", "C:/x.meta", "", "a/../../b.meta", "link.meta"]
)
def test_imports_stay_inside_the_project(tmp_path, path):
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "b.meta").write_text(WAVE)
    (project / "link.meta").symlink_to(tmp_path / "b.meta")
    (found,) = check(Source("<test>", f'import "{path}"'), folder=project).diagnostics
    assert found.code == "M0207"
    assert found.labels[0].span.text == f'"{path}"'


def test_bad_files(tmp_path):
    (tmp_path / "folder.meta").mkdir()
    (tmp_path / "binary.meta").write_bytes(b"\x89PNG\xff\xfe")
    (tmp_path / "large.meta").write_bytes(b"#" * (5 * 1024 * 1024))
    (tmp_path / "wrong.meta").write_text("define generator {")
    (tmp_path / "self.meta").write_text('import "self.meta"')
    (tmp_path / "loop.meta").symlink_to("loop.meta")
    names = {"loop": "M0207", "folder": "M0209", "binary": "M0209", "large": "M0209", "missing": "M0206", "self": "M0208"}
    for name, code in names.items():
        found = check(Source("<test>", f'import "{name}.meta"'), folder=tmp_path).diagnostics
        assert [each.code for each in found if each.severity == "error"] == [code], name
    found = check(Source("<test>", 'import "wrong.meta"'), folder=tmp_path).diagnostics
    assert found[0].code.startswith("M01")
    assert found[0].labels[0].span.source.name.endswith("wrong.meta")


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """An installed package `plugged_in` that registers its folder of definitions."""
    root = tmp_path / "site" / "plugged_in"
    (root / "generators").mkdir(parents=True)
    (root / "symmetries").mkdir()
    (root / "kinds").mkdir()
    (root / "__init__.py").write_text("raise RuntimeError('never imported to find definitions')")
    (root / "generators" / "wave.meta").write_text(WAVE)
    (root / "kinds" / "lattice.meta").write_text(KIND)
    (root / "symmetries" / "p4.meta").write_text('define symmetry p4 {\n mine: Length\n python "m.py:M"\n}')
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    entry = importlib.metadata.EntryPoint("plugged", "plugged_in", "metac.library")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: (entry,) if group == "metac.library" else ())
    yield root
    sys.modules.pop("plugged_in", None)


def test_plug_ins_come_before_the_standard_library(plug_in):
    lib, findings = library("")
    assert lib.find("generator", "wave") is not None
    assert list(found(lib, "symmetry", "p4").fields) == ["mine"]
    assert list(found(lib, "symmetry", "p2").fields) != ["mine"]
    kind = lib.kind("lattice")
    assert kind is not None and kind.folder == "lattices"
    assert not findings.all


def test_a_plug_in_that_is_gone_is_a_warning(monkeypatch):
    entry = importlib.metadata.EntryPoint("gone", "no_such_package_anywhere", "metac.library")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: (entry,))
    result = check(Source("<test>", "symmetry g = p4 { cell = 20 mm }"))
    assert result.design is not None
    assert "M0222" in [found.code for found in result.diagnostics]


def test_a_library_file_must_define_what_its_name_says(plug_in):
    (plug_in / "generators" / "other.meta").write_text(WAVE)
    found = check(Source("<test>", "generator g = other")).diagnostics
    assert "M0221" in [each.code for each in found]
