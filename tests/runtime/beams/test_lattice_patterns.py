"""Named lattices against closed forms of their effective constants, and their rectangles."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.beams.beam_element import SHEAR_CORRECTION, BeamMaterial
from metac.runtime.beams.lattice_patterns import lattice_net, lattice_pattern
from metac.runtime.beams.periodic_frame import solve_unit_strains
from metac.runtime.beams.periodic_topology import NotPeriodic, periodic_topology
from metac.runtime.beams.strut_net import StrutNet

E, NU, T = 2.0, 0.3, 0.05


def compliance(name, angle=np.pi / 6, ratio=1.0, t=T):
    """`[3, 3]` of one period of edges of length 1, thickness 1."""
    net = lattice_net(lattice_pattern(name, angle, ratio), 1, 1)
    topology = periodic_topology(net.nodes, net.edges, np.diag(net.size))
    found = solve_unit_strains(
        topology, jnp.asarray(net.nodes), jnp.full(net.edge_count, t), BeamMaterial(E, NU, 1.0), net.size[0] * net.size[1]
    )
    assert float(found.residual.max()) < 1e-8
    return np.linalg.inv(found.stiffness)


@pytest.mark.parametrize(("name", "young"), [("triangular", 2 / np.sqrt(3)), ("kagome", 1 / np.sqrt(3))])
def test_lattices_that_stretch(name, young):
    """Hyun and Torquato 2002, Fleck and Qiu 2007: E = ρ E_s / 3, ν = 1/3 with ρ = 2√3 t/l and √3 t/l"""
    found = compliance(name, t=0.003)
    for axis in (0, 1):
        assert 1 / found[axis, axis] == pytest.approx(young * E * 0.003, rel=1e-4)
    assert -found[0, 1] / found[0, 0] == pytest.approx(1 / 3, rel=1e-4)
    assert 1 / found[2, 2] == pytest.approx(young * E * 0.003 * 3 / 8, rel=1e-4)


def test_the_square_lattice():
    found = compliance("square")
    np.testing.assert_allclose([1 / found[0, 0], 1 / found[1, 1]], E * T, rtol=1e-9)
    assert abs(found[0, 1]) < 1e-9


@pytest.mark.parametrize(
    ("name", "degrees", "h"), [("honeycomb", 30, 1.0), ("honeycomb", 50, 0.7), ("re_entrant_honeycomb", 30, 2.0)]
)
def test_honeycombs_of_any_thickness(name, degrees, h):
    """Gibson and Ashby, Cellular Solids (1997), 4.3 and appendix 4A: bending, shear and stretch of the beams."""
    angle = np.radians(degrees)
    s, c = (-1 if name.startswith("re") else 1) * np.sin(angle), np.cos(angle)
    axial = 1 / (E * T)
    lateral = 1 / (E * T**3) + 2 * (1 + NU) / (SHEAR_CORRECTION * E * T)  # 1 / 12 EI, with I = t³ / 12, and 1 / κGA
    along_x = np.array([lateral * s * s + axial * c * c, (axial - lateral) * s * c]) * (h + s) / [c, h + s]
    along_y = np.array([(axial - lateral) * s * c, lateral * c * c + axial * s * s + 2 * h * axial]) * c / [c, h + s]
    found = compliance(name, angle, h)
    np.testing.assert_allclose(found[:2, :2], np.array([along_x, along_y]).T, rtol=1e-8)
    assert (found[0, 1] > 0) == name.startswith("re")
    slender = compliance(name, angle, h, 0.002)
    shear = E * 0.002**3 * (h + s) / (h**2 * (1 + 2 * h) * c)
    assert 1 / slender[2, 2] == pytest.approx(shear, rel=1e-3)


@pytest.mark.parametrize("name", ["square", "triangular", "kagome", "honeycomb", "re_entrant_honeycomb"])
def test_rectangles_of_periods_repeat(name):
    pattern = lattice_pattern(name, np.pi / 6, 2.0 if name.startswith("re") else 1.0)
    net = lattice_net(pattern, 3, 2)
    np.testing.assert_allclose(net.size, np.array(pattern.size) * (3, 2), rtol=1e-12)
    periodic_topology(net.nodes, net.edges, np.diag(net.size))
    assert len(np.unique(net.edges)) == net.node_count
    assert net == lattice_net(pattern, 3, 2) and hash(net) == hash(lattice_net(pattern, 3, 2))
    length = np.linalg.norm(np.diff(net.nodes[net.edges], axis=1), axis=2)
    tiled = lattice_net(pattern, 1, 1).tiled(3, 2)
    assert np.linalg.norm(np.diff(tiled.nodes[tiled.edges], axis=1), axis=2).sum() == pytest.approx(length.sum())
    assert len(np.unique(np.sort(tiled.edges, axis=1), axis=0)) == tiled.edge_count


def test_tiles_carry_positions_and_the_wider_beam():
    net = lattice_net(lattice_pattern("square", 0.0, 1.0), 1, 1)
    widths = jnp.arange(1.0, 1.0 + net.edge_count)
    tiled = net.tiled(2, 1)
    np.testing.assert_allclose(net.tiled_positions(3.0 * jnp.asarray(net.nodes), 2, 1), 3.0 * tiled.nodes, atol=1e-12)
    upright = np.flatnonzero(np.ptp(tiled.nodes[tiled.edges][..., 0], axis=1) < 1e-9)
    middle = [e for e in upright if tiled.nodes[tiled.edges[e, 0], 0] == pytest.approx(1.0)]
    own = [e for e in range(net.edge_count) if np.ptp(net.nodes[net.edges[e]][:, 0]) < 1e-9]
    assert float(net.tiled_widths(widths, 2, 1)[middle[0]]) == float(widths[np.array(own)].max())


def test_what_does_not_repeat_is_not_tiled():
    net = StrutNet(np.array([[0.0, 0.0], [1.0, 0.3], [0.4, 1.0]]), np.array([[0, 1], [1, 2], [2, 0]]))
    assert net.tiled(1, 1) == net
    with pytest.raises(NotPeriodic):
        net.tiled(2, 1)
