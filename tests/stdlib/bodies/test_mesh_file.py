"""Bodies from files of meshes: closed forms for laminates, agreement with bodies of metac, materials by group, errors."""

import gmsh
import jax
import jax.numpy as jnp
import numpy as np
import pygmsh
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.mixed.mixed_law import MixedFunctions
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.report.mesh_export import write_vtu
from metac.runtime.report.sheet_export import elastic_constants
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.shapes.tiled import Tiled
from metac.stdlib.supports.held import HeldGroup
from tests.library import constructor, make
from tests.mechanics import LINEAR_ELASTIC, Material, lame, rectangle, taylor_remainders
from tests.runtime.mesh.mesh_writers import write_msh
from tests.stdlib import made
from tests.stdlib.groups import flow_of, group

NAMES = ["hard", "soft"]
HARD, SOFT = (60.0, 0.25), (4.0, 0.4)
"""E (MPa) and ν."""
BLOCK = Rectangle(0.0, 0.0, 4.0, 4.0)


def elastic(E, nu):
    return Material(LINEAR_ELASTIC, lame(E, nu))


def layers(mesh):
    """The lower quarter of a square is hard."""
    return (mesh.nodes[mesh.cells[:, :3]].mean(axis=1)[:, 1] > 1.0).astype(int)


def square(tmp_path, kind="mesh", materials=None, order=1, fields=None):
    """A square of 4 mm of two layers, from a file."""
    mesh = rectangle(4, 4, order, BLOCK)
    path = write_msh(tmp_path / "layers.msh", mesh, layers(mesh), NAMES, {"base": mesh.facets["bottom"]})
    materials = materials or [elastic(*HARD), elastic(*SOFT)]
    return make("body", kind, file=str(path), unit=1.0, groups=NAMES, materials=materials, **(fields or {}))


@pytest.mark.parametrize(("order", "fields"), [(1, {}), (1, {"order": 2, "element": "mixed"})])
def test_a_laminate_has_its_closed_form(tmp_path, order, fields):
    """Layers across y, a quarter hard: C22* = ⟨1/C22⟩⁻¹ and so on (Backus, J. Geophys. Res. 67, 1962), in plane strain."""
    body = square(tmp_path, "periodic_mesh", order=order, fields=fields)
    assert isinstance(body.material.functions, MixedFunctions) == bool(fields)
    stiffness = made.homogenised(body).response.stiffness
    (mu1, lam1), (mu2, lam2) = lame(*HARD), lame(*SOFT)
    shares = np.array([0.25, 0.75])
    normal, across, shear = np.array([2 * mu1 + lam1, 2 * mu2 + lam2]), np.array([lam1, lam2]), np.array([mu1, mu2])
    c22 = 1 / (shares @ (1 / normal))
    c12 = c22 * (shares @ (across / normal))
    c11 = shares @ (normal - across**2 / normal) + c12**2 / c22
    expected = [[c11, c12, 0], [c12, c22, 0], [0, 0, 1 / (shares @ (1 / shear))]]
    np.testing.assert_allclose(stiffness, expected, rtol=1e-12, atol=1e-11)


@pytest.mark.slow
def test_between_grips_layers_share_load_or_strain(tmp_path):
    """With ν = 0 the sheet is at Voigt's bound along the layers and at Reuss' across them."""
    body = square(tmp_path, materials=[elastic(60.0, 0.0), elastic(4.0, 0.0)])
    along, across = (
        made.nominal(made.tension(body, 1e-3, axis, increments=1, clamp="neither"))[-1] / 1e-3 for axis in ("x", "y")
    )
    assert float(along) == pytest.approx(0.25 * 60 + 0.75 * 4, rel=1e-9)
    assert float(across) == pytest.approx(1 / (0.25 / 60 + 0.75 / 4), rel=1e-9)


def test_two_groups_of_one_material_pass_the_patch_test(tmp_path):
    mesh = rectangle(4, 4, 2, BLOCK, distort=0.3)
    path = write_msh(tmp_path / "patch.msh", mesh, layers(mesh), NAMES)
    same = [elastic(*SOFT), elastic(*SOFT)]
    body = make("body", "mesh", file=str(path), unit=1.0, groups=NAMES, materials=same)
    pull = made.tension(body, 1e-3, "y", increments=1, clamp="neither")
    E, nu = SOFT
    assert float(made.nominal(pull)[-1]) == pytest.approx(1e-3 * E / (1 - nu**2), rel=1e-10)
    x = np.asarray(pull.response.displacement[-1])[:, 0]
    narrowing = -1e-3 * nu / (1 - nu) * mesh.nodes[:, 0]
    np.testing.assert_allclose(x - x[np.argmin(mesh.nodes.sum(axis=1))], narrowing, atol=1e-12)


@pytest.mark.slow
def test_materials_may_follow_different_laws(tmp_path):
    """At rest they are as of one law, and each law sees its own elements at large strains."""
    hard, soft = elastic(*HARD), elastic(*SOFT)
    mixed = square(tmp_path, "periodic_mesh", materials=[hard, Material(parameters=lame(*SOFT))])
    alike = square(tmp_path, "periodic_mesh", materials=[hard, soft])
    small = [made.homogenised(each).response.stiffness for each in (mixed, alike)]
    np.testing.assert_allclose(*small, rtol=1e-12, atol=1e-11)
    again = square(tmp_path, "periodic_mesh", materials=[hard, Material(parameters=lame(5.0, 0.3))])
    assert mixed.material.functions is again.material.functions, "another program would be compiled in each trace"
    F = jnp.eye(2)[:, :, None, None] + 0.1 * jax.random.normal(jax.random.key(0), (2, 2, 3, 32))
    found = mixed.material.functions.tangent2(F, mixed.material.parameters)
    for number, material in enumerate((hard, Material(parameters=lame(*SOFT)))):
        own = mixed.material.phases == number
        alone = material.functions.tangent2(F[..., own], material.parameters)
        np.testing.assert_allclose(found[..., own], alone, rtol=1e-14)


@pytest.mark.slow
def test_gradients_by_the_moduli_of_materials_of_different_laws(tmp_path):
    body = square(tmp_path, order=2)

    def force(moduli):
        materials = (elastic(moduli[0], 0.25), Material(parameters=lame(moduli[1], 0.4)))
        law = PhasedMaterial(materials, body.material.phases)
        sheet = Sheet(region=body.region, mesh=body.mesh, material=law, thickness=1.0)
        return made.nominal(made.tension(sheet, 0.1, "y", increments=1))[-1]

    remainders, slope, difference = taylor_remainders(force, jnp.array([60.0, 4.0]), jnp.array([3.0, -0.4]), [0.1, 0.05])
    assert slope == pytest.approx(difference, rel=1e-6) and remainders[0] / remainders[1] == pytest.approx(4, rel=0.05)


@pytest.mark.slow
def test_a_flow_moves_it_and_finer_meshes_are_its_own_cut_up(tmp_path):
    body, flow = square(tmp_path), flow_of("p1")
    theta = flow.init(jax.random.key(0))
    design = Deformed(body=body, by=flow.at(theta))

    def force(scale):
        again = body.region.on(body.material, 1.0)
        moved = Deformed(body=again, by=flow.at(jax.tree.map(lambda each: scale * each, theta)))
        return made.nominal(made.tension(moved, 0.05, "y", increments=1))[-1]

    remainders, slope, difference = taylor_remainders(force, jnp.array(1.0), jnp.array(0.1), [0.2, 0.1])
    assert slope == pytest.approx(difference, rel=1e-5) and remainders[0] / remainders[1] == pytest.approx(4, rel=0.1)
    finer, richer = design.fresh(2.0), design.second_order()
    assert len(finer.mesh.cells) == 4 * 32 and richer.mesh.order == 2
    assert np.array_equal(finer.material.phases, np.repeat(body.material.phases, 4))
    corners = np.asarray(finer.coordinates)[: len(body.mesh.nodes)]
    np.testing.assert_allclose(corners, design.coordinates, atol=1e-12)


@pytest.mark.slow
def test_what_a_run_writes_is_read_back_to_the_same_response(tmp_path):
    body = square(tmp_path, order=2)
    write_vtu(tmp_path / "own.vtu", body.mesh, np.asarray(body.coordinates), cells=body.cell_fields())
    groups = ["material=1", "material=2"]
    materials = [elastic(*HARD), elastic(*SOFT)]
    again = make("body", "mesh", file=str(tmp_path / "own.vtu"), unit=1.0, groups=groups, materials=materials)
    first, second = (made.nominal(made.tension(each, 0.1, "x", increments=1))[-1] for each in (body, again))
    assert float(second) == pytest.approx(float(first), rel=1e-12)


@pytest.mark.slow
def test_a_sheet_of_metac_and_one_of_gmsh_agree(tmp_path):
    """A quarter of a plate with a hole, meshed by Gmsh as its users do, against the specimen that metac meshes."""
    circle = constructor("shape", "circle")(radius=4.0, at=[0.0, 0.0])
    shape = Tiled(motif=circle, symmetry=group("p4mm"))
    sheet = made.specimen(shape=shape, cells=[0.5, 0.5], material=elastic(*SOFT), size=1.5, across=1.0)
    path = quarter_of_a_plate(tmp_path / "plate.msh", sheet.domain.width / 25.4, 4.0 / 25.4, 1.2 / 25.4)
    body = make("body", "mesh", file=str(path), unit=25.4, materials=[elastic(*SOFT)])
    assert made.volume_fraction(body) == pytest.approx(float(made.volume_fraction(sheet)), rel=1e-3)
    forces = [made.nominal(made.tension(each, 1e-3, "y", increments=1, clamp="neither"))[-1] for each in (sheet, body)]
    assert float(forces[1]) == pytest.approx(float(forces[0]), rel=2e-3)


def quarter_of_a_plate(path, width, radius, size):
    """Triangles of second order, of a square less a quarter of a disc around a corner, MSH 4.1."""
    with pygmsh.occ.Geometry() as geometry:
        square, disc = geometry.add_rectangle([0, 0, 0], width, width), geometry.add_disk([0, 0, 0], radius)
        geometry.boolean_difference(square, disc)
        geometry.characteristic_length_max = size
        geometry.generate_mesh(dim=2, order=2)
        gmsh.write(str(path))
    return path


def test_files_are_of_what_is_simulated(tmp_path):
    body = square(tmp_path)
    files = body.files()
    assert set(files) == {".dxf", ".svg", ".stl"}
    text = body.files_under({})[".inp"].decode()
    assert text.count("*ELEMENT") == 2 and text.count("*SOLID SECTION, ELSET=SHEET2, MATERIAL=BULK2") == 1
    assert np.array_equal(body.cell_fields()["material"], body.material.phases + 1)
    constants = [elastic_constants(each) for each in body._drawn.tangents]
    np.testing.assert_allclose(constants, [HARD, SOFT])
    (tmp_path / "own.inp").write_text(text, encoding="utf-8")
    materials = [elastic(*HARD), elastic(*SOFT)]
    groups = ["SHEET1", "SHEET2"]
    again = make("body", "mesh", file=str(tmp_path / "own.inp"), unit=1.0, groups=groups, materials=materials)
    assert np.array_equal(np.sort(again.material.phases), np.sort(body.material.phases))
    np.testing.assert_allclose(again.mesh.nodes, body.mesh.nodes, atol=1e-11)


def test_a_named_edge_can_be_held(tmp_path):
    body = square(tmp_path)
    held = HeldGroup(group="base", along="y")
    nodes, components = np.divmod(held.degrees(body.mesh), 2)
    assert set(nodes) == set(body.mesh.nodes_on("bottom")) and (components == 1).all()
    with pytest.raises(FieldError, match="no named part `bas`") as told:
        HeldGroup(group="bas", along="both").degrees(body.mesh)
    assert told.value.field == "group" and "`base`" in told.value.help


def test_materials_that_do_not_go_together(tmp_path):
    with pytest.raises(FieldError, match="3 materials are given") as told:
        square(tmp_path, materials=[elastic(*HARD)] * 3)
    assert told.value.code == "M0559"
    flowing = make("material", "j2", E=1.0, nu=0.3, yield_stress=1.0)
    with pytest.raises(FieldError, match="history-dependent") as told:
        square(tmp_path, materials=[elastic(*HARD), flowing])
    assert told.value.code == "M0565"
    thin = elastic(*HARD)
    thin.fields = {"plane": "stress"}
    with pytest.raises(FieldError, match="in plane stress") as told:
        square(tmp_path, materials=[thin, elastic(*SOFT)])
    assert told.value.code == "M0565"


def test_a_mesh_that_is_no_period(tmp_path):
    mesh = rectangle(4, 4, 1, BLOCK)
    nodes = mesh.nodes.copy()
    nodes[mesh.facets["left"][1, 0], 1] += 0.2
    path = write_msh(tmp_path / "cell.msh", type(mesh)(nodes, mesh.cells, mesh.facets, BLOCK), layers(mesh), NAMES)
    with pytest.raises(FieldError, match="has no image on the right side") as told:
        make("body", "periodic_mesh", file=str(path), unit=1.0, materials=[elastic(*SOFT)])
    assert told.value.code == "M0566"


@pytest.mark.parametrize(("order", "fields", "code"), [(1, {"element": "mixed"}, "M0643"), (2, {"order": 1}, "M0558")])
def test_elements_that_the_file_does_not_give_are_refused(tmp_path, order, fields, code):
    with pytest.raises(FieldError) as found:
        square(tmp_path, order=order, fields=fields)
    assert (found.value.code, found.value.field) == (code, "order")


def test_mixed_elements_of_a_file_are_cut_and_moved(tmp_path):
    body = square(tmp_path, order=2, fields={"element": "mixed"})
    finer = body.fresh(2.0)
    assert finer.mesh.cells.shape == (4 * len(body.mesh.cells), 7)
    assert isinstance(finer.material.functions, MixedFunctions)
    assert len(finer.material.phases) == len(finer.mesh.cells)
