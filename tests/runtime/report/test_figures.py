"""Figures can be read alone: legends, rest states, scale bars, units, forces."""

import numpy as np
import pytest

from metac.runtime.report.design_plots import draw_curve
from metac.runtime.report.drawings import drawing_of, figure_of
from metac.runtime.report.grid_plots import draw_density, draw_directions, draw_displaced
from metac.runtime.report.marks import resultants, round_length


@pytest.fixture
def states(body):
    """A sheet that is pulled along y by 10 %, with the forces of its grips."""
    body = body()
    y = body.mesh.nodes[:, 1]
    force = np.zeros_like(body.mesh.nodes)
    force[y == y.max(), 1], force[y == y.min(), 1] = 2.0, -2.0
    displacement = 0.1 * body.mesh.nodes * [0, 1]
    response = {"strain": [0.1], "displacement": displacement[None], "force": force[None]}
    return figure_of(drawing_of("pull", "sheet", body, response, applied="nominal strain"))


def test_loaded_states_show_the_rest_state_the_forces_and_the_scale(states):
    assert [axes.get_title() for axes in states.axes[:2]] == ["at rest", "nominal strain 10 %"]
    assert states.axes[2].get_ylabel() == "largest principal nominal strain, λ₁ − 1 (%)"
    (legend,) = states.legends
    assert {text.get_text() for text in legend.get_texts()} == {"outline at rest", "force on the body"}
    assert [text.get_text() for text in states.axes[0].texts] == ["2 mm"]
    # The bar is as long as it says.
    (bar,) = states.axes[0].lines
    assert np.ptp(bar.get_xdata()) == pytest.approx(2)


def test_forces_of_one_grip_are_one_arrow_and_points_stay_apart():
    places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 1.0]])
    forces = np.array([[0, -1], [0, -2], [0, -1], [0, 2], [0, 2], [0.5, 0]], float)
    at, sums = resultants(places, forces)
    np.testing.assert_allclose(sorted(map(tuple, sums)), [(0, -4), (0, 4), (0.5, 0)])
    np.testing.assert_allclose(sums.sum(axis=0), forces.sum(axis=0))
    assert (1.0, 1.0) in {tuple(place) for place in at}
    assert len(resultants(places, 0 * forces)[0]) == 0


@pytest.mark.parametrize(("most", "length"), [(12.0, 10.0), (9.99, 5.0), (0.3, 0.2), (1.0, 1.0), (5.0, 5.0)])
def test_scale_bars_have_round_lengths(most, length):
    assert round_length(most) == pytest.approx(length)


def test_curves_begin_where_the_load_begins():
    (axes,) = draw_curve(np.array([5.0, 10.0]), np.ones(2), None, labels=("nominal strain (%)", "")).axes
    assert axes.get_xlim()[0] == 0 and axes.get_xlabel() == "nominal strain (%)"


def test_the_curve_on_the_fresh_mesh_is_drawn_over_its_own_places():
    fresh = np.array([-1.0, 4.0, 9.0]), np.array([3.0, 2.0, 1.0])
    (axes,) = draw_curve(np.array([5.0, 10.0]), np.ones(2), None, fresh=fresh).axes
    (line,) = [each for each in axes.lines if each.get_label() == "on a fresh mesh"]
    np.testing.assert_array_equal(line.get_xydata(), np.stack(fresh, axis=1))
    assert axes.get_xlim()[0] == -1


def test_pixels_have_a_grey_scale_and_are_repeated_only_where_they_are_a_period():
    density = np.linspace(0, 1, 6).reshape(2, 3)
    whole, repeated = (draw_density(density, 3.0, 2.0, repeated=each) for each in (False, True))
    assert len(whole.axes) == 2 and len(repeated.axes) == 3
    assert whole.axes[-1].get_ylabel() == "density, 1 is the last phase"
    corners = np.stack(np.meshgrid(np.arange(4.0), np.arange(2.0, -1, -1)), axis=-1)
    force = np.zeros_like(corners)
    force[0, 0] = [0, -1]
    axes = draw_displaced(density, corners, 0.1 * corners, "bend", force).axes[0]
    assert set(axes.get_legend_handles_labels()[1]) == {"outline at rest", "force on the body"}


def test_the_circle_of_an_isotropic_cell_lies_inside_the_rim():
    angles = np.linspace(0, 2 * np.pi, 91)
    for axes in draw_directions(angles, np.full(91, 7.0), np.full(91, 0.3)).axes:
        largest = max(np.nanmax(line.get_ydata()) for line in axes.lines if not np.isnan(line.get_ydata()).all())
        assert 1.05 * largest < axes.get_ylim()[1]
