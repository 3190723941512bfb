"""Bodies of mixed elements: what they are not offered for, what is written of them."""

from types import SimpleNamespace

import meshio
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.mixed.mixed_law import MixedFunctions, MixedMaterial
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.mesh.bubbles import periodic_with_bubbles, with_bubbles
from metac.runtime.report.mesh_export import write_vtu
from metac.runtime.report.sheet_export import DrawnSheet
from metac.stdlib.bodies.elements import element_material, is_mixed
from tests.library import constructor
from tests.mechanics import rectangle
from tests.stdlib.materials.laws import material

RUBBER = "neo_hookean { E = 5 MPa, nu = 0.4999 }"
SHEET = "linear_elastic { E = 5 MPa, nu = 0.4999, plane = stress }"
BLOCK = "linear_elastic { E = 5 MPa, nu = 0.4999, plane = strain }"


@pytest.mark.parametrize(("order", "contact", "field"), [(1, None, "order"), (2, object(), "contact")])
def test_what_there_are_no_mixed_elements_for(order, contact, field):
    assert is_mixed("plain", order, contact) is False and is_mixed("mixed", 2) is True
    with pytest.raises(FieldError) as found:
        is_mixed("mixed", order, contact)
    assert (found.value.code, found.value.field) == ("M0643", field)


@pytest.mark.parametrize(
    "made", [material(SHEET), constructor("material", "j2")(E=2e5, nu=0.3, yield_stress=200.0)], ids=["plane stress", "j2"]
)
def test_materials_that_gain_nothing_or_flow_are_refused(made):
    assert element_material(made, False) is made
    with pytest.raises(FieldError) as found:
        element_material(made, True)
    assert (found.value.code, found.value.field) == ("M0643", "material")


@pytest.mark.parametrize(("law", "strain"), [(RUBBER, "finite"), (BLOCK, "small")])
def test_the_law_is_that_of_the_material(law, strain):
    made = material(law)
    mixed = element_material(made, True)
    assert isinstance(mixed, MixedMaterial) and mixed.strain == strain and mixed.parameters == made.parameters
    assert isinstance(mixed.functions, MixedFunctions) and mixed.functions.pointwise is made.functions


def test_phases_keep_their_materials():
    rubbers = (material(RUBBER), material("mooney_rivlin { C10 = 1 MPa, C01 = 0.2 MPa, K = 500 MPa }"))
    phases = np.array([0, 1, 1], np.int32)
    mixed = element_material(PhasedMaterial(rubbers, phases), True, "fillings")
    assert mixed.materials == rubbers and mixed.strain == "finite"
    functions = mixed.functions
    assert isinstance(functions, MixedFunctions) and mixed.laid_out(phases).functions is functions
    with pytest.raises(FieldError) as found:
        element_material(PhasedMaterial((material(RUBBER), material(BLOCK)), phases), True, "fillings")
    assert (found.value.code, found.value.field) == ("M0643", "fillings")


def test_files_hold_the_elements(tmp_path):
    mesh = with_bubbles(rectangle(2, 1, 2))
    write_vtu(tmp_path / "sheet.vtu", mesh, mesh.nodes)
    (block,) = meshio.read(tmp_path / "sheet.vtu").cells
    assert block.type == "triangle6" and (block.data == mesh.cells[:, :6]).all()
    tangent = np.einsum("ik,jl->ijkl", np.eye(2), np.eye(2))
    drawn = DrawnSheet(mesh, mesh.nodes, 1.0, tangent[None], np.zeros(len(mesh.cells), np.int32))
    lines = drawn.input_file([]).decode().splitlines()
    start = lines.index("*ELEMENT, TYPE=CPE6, ELSET=SHEET")
    assert [int(each) for each in lines[start + 1].split(",")] == [1, *(mesh.cells[0, :6] + 1)]
    assert lines[start + len(mesh.cells) + 1].startswith("**")


def test_centres_of_a_period_follow_no_other_node():
    mesh = rectangle(2, 1, 2)
    points = np.arange(len(mesh.nodes))
    last = len(points) - 1
    points[last] = 0
    tied = SimpleNamespace(points=points[:], arms=np.zeros((len(points), 2)), dimension=2, length=1.0)
    tied.arms[last] = [1.0, 1.0]
    made, constraints = periodic_with_bubbles(mesh, tied)  # type: ignore[arg-type]
    assert len(constraints.points) == len(made.nodes) and constraints.points[last] == 0
    own = constraints.points[len(mesh.nodes) :]
    assert len(set(own.tolist())) == len(mesh.cells) and not set(own.tolist()) & set(points.tolist())
