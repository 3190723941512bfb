"""Pixels in whole specs: interpolation of phases, what is measured, what is refused, refinement."""

from types import SimpleNamespace

import jax
import meshio
import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.report.drawings import drawing_of
from metac.runtime.report.result_files import write_states
from metac.stdlib.boundaries.periodic import Periodic

PHASES = """
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
"""
CELL = f"""{PHASES}
param rho: Grid = [".##.", "#..#"]
body cell = pixels {{ density = rho, size = 2 mm, materials = [soft, stiff] }}
load rve  = periodic {{ body = cell }}
"""
TARGET = "match stiffness(rve) to 1 MPa * [[50, 12, 0], [12, 60, -3], [0, -3, 15]] scale 1 MPa weight 9\n"
STUDY = "study fit = optimize { vary = field, using = adam { rate = 0.1 }, steps = 1 }\n"


def evaluate(text, **values):
    program = metac.compile(text, **values).program()
    return program.evaluate(program.init(jax.random.key(0)))


def value_of(measure, goal="minimize", text=CELL, **values):
    (found,) = evaluate(f"{text}\n{goal} {measure}", **values).goals.values()
    return np.asarray(found.value)


def codes(text, **values):
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text, **values).program()
    return [each.code for each in caught.value.diagnostics if each.severity == "error"]


def uniform(young, nu=0.3):
    return young / (1 - nu**2) * np.array([[1, nu, 0], [nu, 1, 0], [0, 0, (1 - nu) / 2]])


def test_the_loss_is_that_of_the_paper():
    """The sum of the squared differences of all nine entries, in MPa: of a uniform cell they are known."""
    found = evaluate(CELL.replace('[".##.", "#..#"]', "[[0.25, 0.25]]") + TARGET)
    target = np.array([[50, 12, 0], [12, 60, -3], [0, -3, 15]])
    assert float(found.loss) == pytest.approx(np.sum((uniform(25.75) - target) ** 2), rel=1e-9)
    assert bool(found.status["rve"].ok) and found.status["rve"].failure("rve") is None


def test_properties_are_interpolated():
    for density, young in ((0.0, 1.0), (0.25, 25.75), (1.0, 100.0)):
        text = CELL.replace('[".##.", "#..#"]', f"[[{density}, {density}]]")
        assert np.allclose(stiffness(text), uniform(young))
    powered = CELL.replace('[".##.", "#..#"]', "[[0.5]]").replace("materials", "exponent = 3, materials")
    assert np.allclose(stiffness(powered), uniform(1 + 99 / 8))
    three = CELL.replace('[".##.", "#..#"]', "[[0.75]]").replace("[soft, stiff]", "[soft, stiff, soft]")
    assert np.allclose(stiffness(three), uniform(50.5))


def stiffness(text, **values):
    (found,) = evaluate(text + TARGET, **values).goals.values()
    return np.asarray(found.value)


def test_plane_strain_and_a_finite_law_at_rest():
    strain = CELL.replace("plane = stress", "plane = strain").replace('[".##.", "#..#"]', "[[1]]")
    lam, mu = 100 * 0.3 / (1.3 * 0.4), 100 / 2.6
    expected = [[lam + 2 * mu, lam, 0], [lam, lam + 2 * mu, 0], [0, 0, mu]]
    assert np.allclose(stiffness(strain), expected)
    finite = strain.replace("linear_elastic", "neo_hookean").replace(", plane = strain", "")
    assert np.allclose(stiffness(finite), expected)


def test_rows_run_down():
    rising = ["...#", "..#.", ".#..", "#..."]
    assert stiffness(CELL, rho=np.array([[mark == "#" for mark in row] for row in rising], float))[0, 2] > 0.1


def test_measures_of_a_picture():
    cell = CELL.replace('[".##.", "#..#"]', '["#....", "##...", "##..#", "....."]')
    assert value_of("volume_fraction(cell)", text=cell) == pytest.approx(6 / 20)
    assert value_of("connectivity(cell)", text=cell) == 1  # the lone pixel meets the left edge
    assert value_of("min_feature(cell)", text=cell) == pytest.approx(0.4)
    assert value_of("min_feature(cell, phase = void)", text=cell) == pytest.approx(0.4)
    assert value_of("binarity(cell)", text=cell.replace("density = rho", "density = project(rho, 2)")) == 0
    assert value_of("binarity(cell)", text=cell.replace("density = rho", "density = project(rho, 4)")) == 1


def test_engineering_constants_agree_with_the_stiffness():
    compliance = np.linalg.inv(stiffness(CELL))
    assert value_of("youngs_modulus(rve)") == pytest.approx(1 / compliance[0, 0])
    assert value_of("youngs_modulus(rve, 90 deg)") == pytest.approx(1 / compliance[1, 1])
    assert value_of("poisson_ratio(rve)") == pytest.approx(-compliance[1, 0] / compliance[0, 0])
    assert value_of("shear_modulus(rve)") == pytest.approx(1 / compliance[2, 2])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[soft, stiff]", "[soft]", "M0540"),
        ("E = 100 MPa, nu = 0.3, plane = stress", "E = 100 MPa, nu = 0.3, plane = strain", "M0540"),
        ("E = 1 MPa", "E = 0 MPa", "M0304"),
        ('[".##.", "#..#"]', "[[0, 1.2]]", "M0304"),
        ("size = 2 mm", "size = 2", "M0402"),
        ("periodic {", "periodic_tension { strain = 1 %,", "M0506"),
        ("size = 2 mm, ", "", "M0302"),
    ],
)
def test_refusals(old, new, code):
    assert codes((CELL + TARGET).replace(old, new, 1)) == [code]


@pytest.mark.parametrize("measure", ["max(stress(rve))", "critical_strain(rve)", "max(energy(rve))"])
def test_measures_of_paths_refuse_homogenised_loads(measure):
    assert "M0506" in codes(CELL + f"minimize {measure}")


def test_a_constant_density_out_of_range_is_refused_where_it_stands():
    """Formulas too: their values are known before anything is built."""
    text = CELL.replace("density = rho", "density = rho + project(rho, 9)") + TARGET
    (found,) = metac.compile(text).diagnostics
    assert found.code == "M0304" and "`density` must lie in 0 .. 1, found 2" in found.message
    (label,) = found.labels
    assert label.span.source.text[label.span.start : label.span.end] == "rho + project(rho, 9)"


@pytest.mark.parametrize(
    ("density", "ok"), [("field", True), ("field + 1", False), ("field - 1", False), ("0 * field", True)]
)
def test_a_density_out_of_range_from_a_generator_is_told_by_the_status(density, ok):
    """It depends on the free parameters: nothing is known of it at the check, and in a trace nothing can be raised."""
    given = (
        CELL.replace('param rho: Grid = [".##.", "#..#"]', "generator field = density { pixels = [2, 4] }") + TARGET + STUDY
    )
    program = metac.compile(given.replace("= rho", f"= {density}")).program()
    theta = program.init(jax.random.key(0))
    status = jax.jit(program.evaluate)(theta).status["rve"]
    assert bool(status.ok) is ok
    if ok:
        assert status.failure("rve") is None
        return
    drawn = np.asarray(metac.compile(given.replace("= rho", "= field")).program().objects(theta)["cell"].density)
    found = drawn + {"field + 1": 1, "field - 1": -1}[density]
    told = f"densities must lie between 0 and 1, found {found.min():.4g} to {found.max():.4g}"
    assert told in status.failure("rve").message
    with pytest.raises(DiagnosticError, match=r"densities lie in 0 \.\. 1"):
        program.objects(theta)  # outside of a trace the values are known, and the error is at the field


def test_a_fresh_body_has_the_same_picture_and_is_softer():
    program = metac.compile(CELL + TARGET).program()
    body = program.objects({})["cell"]
    fresh = body.fresh(2.0)
    assert fresh.density.shape == (4, 8)
    assert (fresh.width, fresh.height) == (body.width, body.height) == (2.0, 1.0)
    (fine,) = program.evaluate({}, None, {"cell": fresh}).goals.values()
    assert fine.value[0, 0] < stiffness(CELL)[0, 0]
    assert {"density"} == body.arrays().keys()


def test_pixels_of_second_order_are_the_same_picture():
    body = metac.compile(CELL + TARGET).program().objects({})["cell"]
    richer = body.second_order()
    assert richer.mesh.element.order == 2 and richer.second_order() is None
    assert (richer.density == body.density).all() and richer.domain == body.domain


class TestDrawing:
    """What a run leaves of pixels; nothing is solved."""

    @pytest.fixture
    def cell(self):
        program = metac.compile(CELL + "minimize volume_fraction(cell)").program()
        return program.objects({}, program.inputs)["cell"]

    def test_cells_have_a_density_and_the_nearest_phase_in_the_order_of_the_mesh(self, cell, tmp_path):
        drawing = drawing_of("pull", "cell", cell, {"strain": [0.1], "displacement": [0.1 * cell.mesh.nodes]})
        write_states(tmp_path, drawing)
        found = meshio.read(tmp_path / "pull-01.vtu")
        (density,), (phase,) = found.cell_data["density"], found.cell_data["phase"]
        np.testing.assert_array_equal(density, [0, 1, 1, 0, 1, 0, 0, 1])
        np.testing.assert_array_equal(phase, 1 + density)
        centres = found.points[found.cells[0].data][..., :2].mean(axis=1)
        # Row 0 is at the top.
        assert centres[1][1] > centres[4][1] and density[np.argmin(np.abs(centres - [0.25, 0.25]).sum(axis=1))] == 1
        assert "phase: the phase that is nearest" in (tmp_path / "pull-01.vtu").read_text()

    @pytest.mark.parametrize(("boundary", "panels"), [(Periodic(), 2), (None, 1)])
    def test_only_a_period_is_drawn_repeated(self, cell, boundary, panels):
        figure = cell.figure_under("cell", {"load": SimpleNamespace(boundary=boundary)})
        assert len(figure.axes) == panels + 1
