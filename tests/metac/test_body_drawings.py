"""What a run folder holds of a body does not depend on what its loads draw."""

import meshio
import pytest

import metac

SPEC = """\
symmetry  g      = p2mm {{ cell = [20 mm, 20 mm] }}
material  rubber = linear_elastic {{ E = 5 MPa, nu = 0.3, plane = stress }}
shape     pores  = tiled {{ motif = circle {{ radius = 6 mm, at = [0.5, 0.5] }}, symmetry = g }}
body      design = cell {{ shape = pores, material = rubber, size = 8 mm, order = 1, across = 1 }}
{loads}
report stiffness(rve)
"""
HOMOGENISED = "load rve = periodic { body = design }"
PULLED = "load pull = periodic_tension { body = design, along = x, strain = 1 %, increments = 1 }\nreport energy(pull)"


@pytest.mark.parametrize("loads", [HOMOGENISED, pytest.param(f"{HOMOGENISED}\n{PULLED}", marks=pytest.mark.slow)])
def test_a_meshed_body_has_all_its_files_once_whatever_is_done_to_it(loads, tmp_path):
    result = metac.compile(SPEC.format(loads=loads)).run()
    assert result.failure is None and result.body is not None
    drawn = [drawing for drawing in result.drawings if drawing.files]
    assert [drawing.body for drawing in drawn] == ["design"]
    folder = result.save(tmp_path / "kept")
    names = {path.name for path in folder.iterdir()}
    assert {"rve.png", *(f"design.{end}" for end in ("png", "vtu", "dxf", "svg", "stl", "inp"))} <= names
    assert len(meshio.read(folder / "design.vtu").points) == len(result.body.mesh.nodes)
    assert "rve is not in this file" in (folder / "design.inp").read_text()
    assert ("pull.png" in names) == ("pull" in loads)
