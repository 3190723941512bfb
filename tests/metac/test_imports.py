"""Run folders keep what a spec imports: they are resumed and opened whatever has become of the files."""

import shutil

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder, stored_design
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import RunFolder

CORE = "param pixels: Int = 4\nlet poisson = 0.3\nplate(E: Pressure) = E / (1 - poisson^2)\n"
BASE = """import "core.meta"
material  soft  = linear_elastic { E = 1 MPa, nu = poisson, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = poisson, plane = stress }
generator field = density { pixels = [pixels, pixels], filter = 1 }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
"""
SPEC = """import "lab/base.meta" as base
match stiffness(base.rve)[1, 1] to base.plate(30 MPa) within 1 MPa
study fit = optimize { vary = base.field, steps = 2 }
"""


@pytest.fixture
def design(tmp_path, monkeypatch):
    """The design of a spec all of whose objects are imported, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "core.meta").write_text(CORE, encoding="utf-8")
    (tmp_path / "lab" / "base.meta").write_text(BASE, encoding="utf-8")
    (tmp_path / "cell.meta").write_text(SPEC, encoding="utf-8")
    return metac.load("cell.meta").set({"base.pixels": 3})


def test_a_run_is_resumed_and_opened_after_its_imports_are_gone(design, tmp_path):
    create_run_folder(design, tmp_path / "run", Conditions()).close()
    (tmp_path / "lab" / "core.meta").write_text(CORE.replace("0.3", "0.2"), encoding="utf-8")
    assert metac.load("cell.meta").set({"base.pixels": 3}).plan().hash != design.plan().hash
    shutil.rmtree(tmp_path / "lab")
    folder = RunFolder.open(tmp_path / "run")
    resumed = resume(folder, stored_design(folder), Conditions())
    folder.close()
    assert resumed.theta["base.field"].shape == (3, 3)
    assert "imports\n    the files that the spec imports" in (tmp_path / "run" / "README.txt").read_text(encoding="utf-8")
    opened = metac.open("run")
    assert opened.design.plan().hash == resumed.design.plan().hash
    np.testing.assert_array_equal(opened.theta["base.field"], resumed.theta["base.field"])
    (goal,) = opened.goals.values()
    assert goal.target == pytest.approx(30 / 0.91)


def test_a_run_folder_without_its_imports_says_so(design, tmp_path):
    create_run_folder(design, tmp_path / "run", Conditions()).close()
    (tmp_path / "run" / "imports" / "lab" / "core.meta").unlink()
    with pytest.raises(FolderFailure, match=r"core\.meta cannot be read"):
        stored_design(RunFolder.existing(tmp_path / "run"))


def test_messages_name_the_copy_that_is_read(design, tmp_path):
    create_run_folder(design, tmp_path / "run", Conditions()).close()
    broken = stored_design(RunFolder.existing(tmp_path / "run")).set({"base.plate": 3})
    (found,) = broken.diagnostics
    assert found.code == "M0308" and "run/imports/lab/core.meta" in found.message
