"""Fields of affine states are exact; meshes and pictures can be read again."""

import json
from types import SimpleNamespace

import meshio
import numpy as np
import pytest
from matplotlib.image import imread

from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.report.design_plots import draw_curve, draw_design, draw_loss, save, steps_taken
from metac.runtime.report.drawings import Drawing, drawing_of, figure_of
from metac.runtime.report.fields import deformation_gradient, state_fields
from metac.runtime.report.formats import checked_formats
from metac.runtime.report.mesh_export import meshes_of, write_vtu
from metac.runtime.report.result_files import file_name, write_results
from metac.runtime.report.verdicts import Verdict
from tests.stdlib.materials.laws import material


@pytest.mark.parametrize("order", [1, 2])
def test_affine_states_have_constant_fields(sheet, order):
    mesh = sheet(order)
    gradient = np.array([[1.1, 0.2], [0.0, 0.9]])
    displacement = mesh.nodes @ (gradient - np.eye(2)).T
    found = deformation_gradient(mesh, mesh.nodes, displacement)
    np.testing.assert_allclose(found, np.broadcast_to(gradient[:, :, None, None], found.shape), atol=1e-12)
    moved = SimpleNamespace(mesh=mesh, coordinates=mesh.nodes * 2 + 1)
    fields = state_fields(moved, 2 * displacement)
    np.testing.assert_allclose(fields["largest_principal_strain"], np.linalg.svd(gradient)[1][0] - 1, atol=1e-12)
    assert set(fields) == {"largest_principal_strain"}


def test_a_material_gives_energy_and_stress(body):
    class Pull:
        def energy2(self, F, parameters):
            return parameters[0] * (F[0, 0] - 1) ** 2 / 2

        def stress2(self, F, parameters):
            return parameters[0] * (F - 1) * np.array([[1.0, 0.0], [0.0, 0.0]]).reshape(2, 2, *(1,) * (F.ndim - 2))

        def tangent2(self, F, parameters):
            raise NotImplementedError

    law = SimpleNamespace(functions=Pull(), parameters=(4.0,))
    made = SimpleNamespace(**vars(body()), material=law)
    fields = state_fields(made, made.mesh.nodes * [0.1, 0.0])
    np.testing.assert_allclose(fields["energy_density"], 0.02, atol=1e-12)
    np.testing.assert_allclose(fields["nominal_stress_norm"], 0.4, atol=1e-12)
    # The law does not know what acts across the plane.
    assert "von_mises" not in fields


@pytest.mark.parametrize("order", [1, 2])
def test_stresses_are_those_of_cauchy(sheet, order):
    """Neo-Hookean rubber stretched by 1.2 along x and held across, against the closed form; at rest, Hooke's law."""
    mesh, rubber = sheet(order), material("neo_hookean { E = 5 MPa, nu = 0.4 }")
    made = SimpleNamespace(mesh=mesh, coordinates=mesh.nodes, material=rubber)
    shear, lame, stretch = 5 / 2.8, 5 * 0.4 / (1.4 * 0.2), 1.2
    across = lame * np.log(stretch) / stretch
    along = shear * (stretch - 1 / stretch) + across
    fields = state_fields(made, mesh.nodes * [stretch - 1, 0.0])
    np.testing.assert_allclose(fields["largest_principal_stress"], along, rtol=1e-12)
    np.testing.assert_allclose(fields["smallest_principal_stress"], across, rtol=1e-12)
    np.testing.assert_allclose(fields["von_mises"], along - across, rtol=1e-12)
    linear = state_fields(made, mesh.nodes * [stretch - 1, 0.0], linear=True)
    np.testing.assert_allclose(linear["largest_principal_stress"], (lame + 2 * shear) * 0.2, rtol=1e-12)
    np.testing.assert_allclose(linear["von_mises"], 2 * shear * 0.2, rtol=1e-12)


def test_in_plane_stress_nothing_acts_across(sheet):
    mesh, sheet_law = sheet(2), material("linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }")
    made = SimpleNamespace(mesh=mesh, coordinates=mesh.nodes, material=sheet_law)
    fields = state_fields(made, mesh.nodes * [0.01, -0.003])
    np.testing.assert_allclose(fields["von_mises"], 1.0, rtol=1e-12)
    np.testing.assert_allclose(fields["smallest_principal_stress"], 0.0, atol=1e-12)


@pytest.mark.parametrize(("order", "kind"), [(1, "triangle"), (2, "triangle6")])
def test_vtu_files_can_be_read_again(tmp_path, sheet, order, kind):
    mesh = sheet(order)
    displacement = mesh.nodes * 0.1
    write_vtu(
        tmp_path / "a.vtu",
        mesh,
        mesh.nodes,
        points={"displacement": displacement},
        cells={"size": np.arange(len(mesh.cells)) * 1.0},
    )
    found = meshio.read(tmp_path / "a.vtu")
    np.testing.assert_array_equal(found.points[:, :2], mesh.nodes)
    np.testing.assert_array_equal(found.cells_dict[kind], mesh.cells)
    np.testing.assert_array_equal(found.point_data["displacement"][:, :2], displacement)
    assert not found.point_data["displacement"][:, 2].any()
    assert len(found.cell_data["size"][0]) == len(mesh.cells)
    assert "displacement: u, mm" in (tmp_path / "a.vtu").read_text()


@pytest.mark.parametrize(("order", "kind"), [(1, "quad"), (2, "quad9")])
def test_quadrilaterals_are_written_in_the_order_of_vtk_and_drawn_whole(tmp_path, order, kind):
    mesh = grid_mesh(2, 3, 3.0, 2.0, order)
    write_vtu(tmp_path / "a.vtu", mesh, mesh.nodes)
    found = meshio.read(tmp_path / "a.vtu")
    x, y = np.moveaxis(found.points[found.cells_dict[kind]][..., :2], -1, 0)
    # The fourth element is the first of the lower row.
    np.testing.assert_allclose(np.stack([x, y])[:, 3, :4], [[0, 1, 1, 0], [0, 0, 1, 1]], atol=1e-12)
    for middle in range(4, x.shape[1] - (order == 2)):
        a, b = middle - 4, (middle - 3) % 4
        np.testing.assert_allclose([x[:, middle], y[:, middle]], [(x[:, a] + x[:, b]) / 2, (y[:, a] + y[:, b]) / 2])
    gradient = np.array([[1.1, 0.2], [0.0, 0.9]])
    field = deformation_gradient(mesh, mesh.nodes, mesh.nodes @ (gradient - np.eye(2)).T)
    np.testing.assert_allclose(field, np.broadcast_to(gradient[:, :, None, None], field.shape), atol=1e-12)
    save(draw_design(mesh, mesh.nodes, "grid"), tmp_path / "a.png")
    image = imread(tmp_path / "a.png")[..., :3]
    colours = (np.abs(image - np.array([0x4C, 0x6E, 0x91]) / 255).max(axis=-1) < 0.02).sum()
    assert colours > 0.2 * image.shape[0] * image.shape[1]


def coloured(path):
    """The share of pixels that are not white."""
    image = imread(path)[..., :3]
    return float((image.min(axis=-1) < 0.99).mean())


def test_pictures_show_the_hole(tmp_path, sheet):
    mesh = sheet()
    save(draw_design(mesh, mesh.nodes, "design"), tmp_path / "a.png")
    image = imread(tmp_path / "a.png")[..., :3]
    colours = (np.abs(image - np.array([0x4C, 0x6E, 0x91]) / 255).max(axis=-1) < 0.02).sum()
    assert colours > 0.2 * image.shape[0] * image.shape[1]
    middle = image[int(0.47 * image.shape[0]), int(0.53 * image.shape[1])]
    assert (middle > 0.99).all()


def test_all_results_are_written(tmp_path, body):
    made = body()
    strain = np.array([0.05, 0.1])
    displacement = np.stack([made.mesh.nodes * [0.0, value] for value in strain])
    drawing = drawing_of("pull", "design", made, {"strain": strain, "displacement": displacement})
    verdict = Verdict(
        "stress(pull)", "match", "MPa", [1.0, 2.0], True, target=[1.0, 2.1], abscissa=[0.05, 0.1], tolerance=0.2
    )
    history = [{"step": step, "stage": 0, "loss": 1 / (step + 1), "best": 1 / (step + 1)} for step in range(4)]
    names = write_results(tmp_path, {"met": True, "loss": float("nan")}, [drawing], [verdict], history, "sheet")
    assert names == ["design.png", "design.vtu", "pull.png", "pull-01.vtu", "pull-02.vtu", "stress-pull.png", "loss.png"]
    assert json.loads((tmp_path / "result.json").read_text())["loss"] == "nan"
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 4
    for name in names:
        assert (tmp_path / name).stat().st_size > 0
        if name.endswith(".png"):
            assert coloured(tmp_path / name) > 0.01
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    guide = (tmp_path / "README.txt").read_text()
    unnamed = [path.name for path in tmp_path.iterdir() if path.name not in guide]
    assert unnamed == [] and "pull-01.vtu" in guide


def test_figures_in_other_formats_stand_beside_png_and_leave_drawings_alone(tmp_path, body):
    drawing = Drawing("design", "design", body().mesh, body().mesh.nodes, files={".svg": b"to be cut"})
    names = write_results(tmp_path, {}, [drawing], [], [], "sheet", formats=("svg", "pdf"))
    assert names == ["design.png", "design-figure.svg", "design-figure.pdf", "design.vtu", "design.svg"]
    assert (tmp_path / "design.svg").read_bytes() == b"to be cut"
    assert (tmp_path / "design-figure.pdf").read_bytes().startswith(b"%PDF")
    assert b"<svg" in (tmp_path / "design-figure.svg").read_bytes()
    with pytest.raises(ValueError, match="svg or pdf"):
        checked_formats(["png"])


def test_odd_histories_and_curves_are_drawn(tmp_path):
    start = {"step": 0, "stage": 0, "loss": -1.0, "best": -1.0}
    zeros = [{"step": 0, "stage": k, "loss": 0.0, "best": 0.0} for k in range(3)]
    positive = [{"step": k, "stage": 0, "loss": loss, "best": min(loss, 3.0)} for k, loss in enumerate((3.0, 5.0, 2.0))]
    again = [start, start | {"remeshed": {"number": 1}}]
    histories = {"empty": [], "one": [start], "zeros": zeros, "again": again, "positive": positive}
    drawn = {name: draw_loss(history) for name, history in histories.items()}
    for name, figure in drawn.items():
        (axes,) = figure.axes
        loss, best = axes.lines[-2:]
        np.testing.assert_array_equal(loss.get_ydata(), [record["loss"] for record in histories[name]])
        np.testing.assert_array_equal(best.get_ydata(), [record["best"] for record in histories[name]])
        # A logarithm shows neither zeros nor negative losses.
        assert axes.get_yscale() == ("log" if name == "positive" else "linear")
        save(figure, tmp_path / f"{name}.png")
        assert imread(tmp_path / f"{name}.png")[..., :3].std() > 0
    # Beside loss and lowest loss: a line at each new start and each new mesh, named once.
    assert [len(drawn[name].axes[0].lines) - 2 for name in histories] == [0, 0, 2, 2, 0]
    assert len(drawn["zeros"].axes[0].get_legend().get_texts()) == 3
    curve = draw_curve(np.array([0.1]), np.array([1.0]), None)
    assert any(np.array_equal(line.get_xydata(), [[0.1, 1.0]]) for line in curve.axes[0].lines)
    # A single point is seen only by its marker.
    assert all(line.get_marker() not in ("", "None") for line in curve.axes[0].lines if len(line.get_xdata()) == 1)


def test_a_single_increment_is_drawn_once(body):
    made = body()
    drawing = drawing_of("pull", "design", made, {"strain": [0.1], "displacement": [made.mesh.nodes * 0.1]})
    assert [axes.get_title() for axes in figure_of(drawing).axes if axes.get_title()] == ["at rest", "strain 10 %"]


def test_increments_without_an_equilibrium_are_not_drawn(body):
    made = body()
    displacement = np.stack([made.mesh.nodes * 0.1, np.full_like(made.mesh.nodes, np.nan)])
    drawing = drawing_of("pull", "design", made, {"strain": [0.1, 0.2], "displacement": displacement})
    assert [state.label for state in drawing.states] == ["strain 10 %"]


def test_states_say_that_a_body_passes_through_itself(body):
    made = body()
    displacement = np.stack([made.mesh.nodes * 0.1] * 3)
    displacement[0] = np.nan
    drawing = drawing_of("pull", "design", made, {"strain": [0.1, 0.2, 0.3], "displacement": displacement}, contact=3)
    assert [state.label for state in drawing.states] == ["strain 20 %", "strain 30 %, passes through itself"]


def test_file_names():
    assert file_name("stress(pull)") == "stress-pull"
    assert file_name("../../etc/passwd") == "etc-passwd"
    assert file_name("…") == "unnamed"


def test_the_loss_is_drawn_over_steps():
    """Neither the first evaluation of a start nor a remeshing is a step."""

    def record(step, **more):
        return {"step": step, "stage": 0, "loss": 1.0, "best": 1.0} | more

    new_mesh = {"remeshed": {"number": 1}}
    history = [record(0), record(1), record(2), record(2, **new_mesh), record(3), record(0), record(1)]
    assert steps_taken(history).tolist() == [0, 1, 2, 2, 3, 3, 4]
    (axes,) = draw_loss(history).axes
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_array_equal(lines["loss"].get_xdata(), [0, 1, 2, 2, 3, 3, 4])
    assert lines["remeshed"].get_xdata()[0] == 2 and lines["new start"].get_xdata()[0] == 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_target_is_visible_whatever_the_number_of_increments(count):
    strain = np.arange(1, count + 1) / 10
    (axes,) = draw_curve(strain, strain, 2 * strain, tolerance=0.5).axes
    assert "target" in axes.get_legend_handles_labels()[1]
    (drawn,) = [
        line
        for line in axes.lines
        if np.array_equal(line.get_ydata(), 2 * strain) and line.get_marker() in ("D", "None" if count > 1 else "D")
    ]
    assert (drawn.get_marker() == "D") is (count == 1)


def test_a_loaded_body_is_a_mesh_for_each_increment(body):
    made = body()
    displacement = np.stack([0.1 * made.mesh.nodes, 0.2 * made.mesh.nodes])
    states = meshes_of(drawing_of("pull", "design", made, {"strain": [0.1, 0.2], "displacement": displacement}))
    assert [each.point_data["displacement"].shape for each in states] == [(len(made.mesh.nodes), 3)] * 2
    assert states[1].point_data["displacement"][:, :2] == pytest.approx(displacement[1])
    (rest,) = meshes_of(drawing_of("design", "design", made))
    assert rest.point_data == {} and len(rest.cells[0].data) == len(made.mesh.cells)
