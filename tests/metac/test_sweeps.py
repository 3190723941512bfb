"""Sweeps over objects and ranges as families of designs."""

import metac
from metac.api.conditions import Conditions
from metac.api.family import family
from metac.api.run_folders import create_run_folder, stored_design
from metac.commands import exit_codes
from metac.commands.main import main
from metac.runtime.runs.folder import RunFolder

SPEC = """material  soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
sweep law  in [stiff, LAW]
sweep wide in 1 mm .. 2 mm by 0.5 mm
generator field = density { pixels = [4, 4], filter = 1 }
body cell = pixels { density = field, size = wide, materials = [soft, law] }
load rve  = periodic { body = cell }
match stiffness(rve)[1, 1] to 30 MPa within 1 MPa
study fit = optimize { vary = field, steps = 2 }
"""
OTHER = "linear_elastic { E = 50 MPa, nu = 0.3, plane = stress }"


def test_members_are_labelled_and_kept_in_run_folders(tmp_path):
    members = family(metac.compile(SPEC.replace("LAW", OTHER)))
    assert [member.label for member in members[2:4]] == ["law=stiff wide=2 mm", f"law={OTHER} wide=1 mm"]
    hashes = [member.design.plan().hash for member in members]
    assert len(set(hashes)) == 6
    folder = create_run_folder(members[4].design, tmp_path / "run", Conditions())
    folder.close()
    assert stored_design(RunFolder.existing(tmp_path / "run")).plan().hash == hashes[4]


def test_values_that_are_written_as_one_are_told_apart():
    members = family(metac.compile("sweep n in [i^2 for i in 1 .. 2]\nsweep r in [1 mm, 2e3 µm]\n"))
    assert [member.label for member in members] == ["n=1 r=1 mm", "n=1 r=2e3 µm", "n=4 r=1 mm", "n=4 r=2e3 µm"]


def test_names_in_tuples_make_one_member_a_tuple():
    """Three designs, and six with another sweep; the plan has the values of one tuple."""
    text = "sweep [a, b] in [[1, 10 mm], [2, 20 mm], [3, 5 mm]]\n"
    design = metac.compile(text)
    assert [member.label for member in family(design)] == ["a=1 b=10 mm", "a=2 b=20 mm", "a=3 b=5 mm"]
    assert [dict(member.design.plan().parameters) for member in family(design)][1] == {"a": 2, "b": 20}
    both = family(metac.compile(text + "sweep c in [7, 8]\n"))
    assert [member.label for member in both[:3]] == ["a=1 b=10 mm c=7", "a=1 b=10 mm c=8", "a=2 b=20 mm c=7"]
    given = family(design, {"a": ("9",)})
    assert [member.label for member in given] == ["a=9 b=10 mm", "a=9 b=20 mm", "a=9 b=5 mm"]


def test_every_object_is_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = """material elastic = linear_elastic { E = 1 GPa, nu = 0.3, plane = strain }
material metal = j2 { E = 1 GPa, nu = 0.3, yield_stress = 30 MPa }
sweep law in [elastic, LAW]
body image = pixels { density = ["#.", ".#"], size = 2 mm, materials = [law, law] }
load pull = followed_tension { body = image, travel = 1 mm }
report stress(pull)
"""
    (tmp_path / "sheet.meta").write_text(text.replace("LAW", "metal"), encoding="utf-8")
    assert main(["check", "sheet.meta"]) == exit_codes.SPEC_WRONG
    told = capsys.readouterr().err
    assert told.count("error[M0521]") == 1 and "with law=metal" in told
    paired = text.replace("sweep law in [elastic, LAW]", "sweep [n, law] in [[1, elastic], [2, metal]]")
    (tmp_path / "sheet.meta").write_text(paired, encoding="utf-8")
    assert main(["check", "sheet.meta"]) == exit_codes.SPEC_WRONG
    assert "with n=2 law=metal" in capsys.readouterr().err
    (tmp_path / "sheet.meta").write_text(text.replace("LAW", "elastic"), encoding="utf-8")
    assert main(["check", "sheet.meta"]) == exit_codes.MET
