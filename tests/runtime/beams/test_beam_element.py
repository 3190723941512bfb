"""Beams: closed forms of a cantilever, rigid motions, end forces."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.beams.beam_element import (
    SHEAR_CORRECTION,
    BeamMaterial,
    beams_between,
    end_forces,
    stiffness_blocks,
    straight_beams,
)
from metac.runtime.beams.beam_stress import end_stresses
from metac.runtime.beams.frame_equilibrium import equilibrium, forces
from metac.runtime.beams.frame_topology import FrameTopology

E, NU, DEPTH, WIDTH, LENGTH, FORCE = 0.6, 0.3, 10.0, 1.3, 7.5, 0.02
INERTIA, AREA = DEPTH * WIDTH**3 / 12, DEPTH * WIDTH


def cantilever(parts, theory, angle):
    """Displacement of the tip across, displacements, beams, edges; held at the first node, pushed across at the last."""
    direction = np.array([np.cos(angle), np.sin(angle)])
    nodes = np.linspace(0, LENGTH, parts + 1)[:, None] * direction
    edges = np.stack([np.arange(parts), np.arange(1, parts + 1)], axis=1)
    way = jnp.asarray(nodes[edges[:, 1]] - nodes[edges[:, 0]])
    beam = straight_beams(way[:, 0], way[:, 1], jnp.full(parts, WIDTH), BeamMaterial(E, NU, DEPTH, theory))
    prescribed = np.zeros((parts + 1, 3), bool)
    prescribed[0] = True
    load = np.zeros((parts + 1, 3, 1))
    load[-1, :2, 0] = FORCE * np.array([-direction[1], direction[0]])
    frame = FrameTopology(edges, prescribed)
    found, residual = jax.jit(lambda load: equilibrium(frame, stiffness_blocks(beam), jnp.zeros_like(load), load))(
        jnp.asarray(load)
    )
    assert float(residual[0]) < 1e-10
    return found[-1, :2, 0] @ np.array([-direction[1], direction[0]]), found[..., 0], beam, edges


@pytest.mark.parametrize(("parts", "angle"), [(1, 0.7), (3, -2.1)])
@pytest.mark.parametrize("theory", ["timoshenko", "euler_bernoulli"])
def test_a_cantilever_bends_as_its_closed_form(theory, parts, angle):
    tip = cantilever(parts, theory, angle)[0]
    bending = FORCE * LENGTH**3 / (3 * E * INERTIA)
    shear = FORCE * LENGTH / (SHEAR_CORRECTION * E / (2 * (1 + NU)) * AREA) if theory == "timoshenko" else 0.0
    assert float(tip) == pytest.approx(bending + shear, rel=1e-10)


def test_stresses_of_a_cantilever():
    _, displacement, beam, edges = cantilever(3, "timoshenko", 0.4)
    found = end_stresses(beam, edges, displacement, DEPTH)
    moments = FORCE * LENGTH * np.array([[3, 2], [2, 1], [1, 0]]) / 3
    np.testing.assert_allclose(found.bending, moments * WIDTH / 2 / INERTIA, atol=1e-12)
    np.testing.assert_allclose(found.axial, 0, atol=1e-12)
    # At the tip there is shear alone, largest on the axis.
    assert float(found.von_mises[2, 1]) == pytest.approx(np.sqrt(3) * 1.5 * FORCE / AREA, rel=1e-9)
    assert float(found.peak) == pytest.approx(FORCE * LENGTH * WIDTH / 2 / INERTIA, rel=1e-9)


def test_moments_have_the_same_sign_on_both_sides_of_a_joint_and_tension_is_positive():
    _, displacement, beam, edges = cantilever(2, "timoshenko", -0.8)
    _, _, start, end = end_forces(beam, displacement[edges[:, 0]], displacement[edges[:, 1]])
    assert float(end[0]) == pytest.approx(float(start[1]), rel=1e-9)
    assert float(start[0]) == pytest.approx(2 * float(end[0]), rel=1e-9)
    pulled = displacement.at[:].set(0.0).at[1:, :2].set(jnp.array([np.cos(-0.8), np.sin(-0.8)]))
    assert float(end_forces(beam, pulled[:-1], pulled[1:])[0][0]) == pytest.approx(E * AREA / (LENGTH / 2), rel=1e-12)


def test_rigid_motions_need_no_forces_and_stiffness_is_symmetric():
    random = np.random.default_rng(4)
    nodes = random.normal(size=(5, 2))
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0], [1, 3]])
    way = jnp.asarray(nodes[edges[:, 1]] - nodes[edges[:, 0]])
    stiffness = stiffness_blocks(
        straight_beams(way[:, 0], way[:, 1], jnp.asarray(random.uniform(0.1, 0.3, 6)), BeamMaterial(1.0, 0.3, 1.0))
    )
    frame = FrameTopology(edges, np.zeros((5, 3), bool))
    motions = np.zeros((5, 3, 3))
    motions[:, 0, 0] = motions[:, 1, 1] = motions[:, 2, 2] = 1
    motions[:, 0, 2], motions[:, 1, 2] = -nodes[:, 1], nodes[:, 0]
    np.testing.assert_allclose(forces(frame, stiffness, jnp.asarray(motions)), 0, atol=1e-12)
    np.testing.assert_allclose(stiffness.first, np.swapaxes(stiffness.first, 1, 2), atol=1e-15)
    np.testing.assert_allclose(stiffness.second, np.swapaxes(stiffness.second, 1, 2), atol=1e-15)


def test_a_beam_without_width_has_neither_stiffness_nor_stress():
    beam = straight_beams(jnp.ones(1), jnp.ones(1), jnp.zeros(1), BeamMaterial(1.0, 0.3, 1.0))
    assert not any(np.any(part) for part in stiffness_blocks(beam))
    found = end_stresses(beam, np.array([[0, 1]]), jnp.ones((2, 3)), 1.0)
    assert float(found.peak) == 0.0


@pytest.mark.parametrize("theory", ["timoshenko", "euler_bernoulli"])
def test_a_portal_frame_sways_as_its_closed_form(theory):
    """Clamped legs of height h, a beam of length b, a force F on the beam: Kleinlogel's frame with stiff joints.

    With k = I_beam h / (I_leg b) the moments at the feet are F h / 2 · (3k + 1) / (6k + 1), and the frame sways by
    F h³ / (12 E I) · (3k + 2) / (6k + 1); so slender beams are hardly stretched or sheared.
    """
    height, span, width = 10.0, 15.0, 0.01
    nodes = np.array([[0.0, 0.0], [0.0, height], [span, height], [span, 0.0]])
    edges = np.array([[0, 1], [1, 2], [2, 3]])
    beam = beams_between(edges, jnp.asarray(nodes), jnp.full(3, width), BeamMaterial(E, NU, DEPTH, theory))
    prescribed = np.zeros((4, 3), bool)
    prescribed[[0, 3]] = True
    load = np.zeros((4, 3, 1))
    load[1:3, 0, 0] = FORCE / 2
    frame = FrameTopology(edges, prescribed)
    found, residual = equilibrium(frame, stiffness_blocks(beam), jnp.zeros_like(load), jnp.asarray(load))
    assert float(residual[0]) < 1e-8
    k = height / span
    sway = FORCE * height**3 / (12 * E * DEPTH * width**3 / 12) * (3 * k + 2) / (6 * k + 1)
    foot = FORCE * height / 2 * (3 * k + 1) / (6 * k + 1)
    assert float(found[1, 0, 0]) == pytest.approx(sway, rel=1e-4)
    _, _, start, _ = end_forces(beam, found[edges[:, 0], :, 0], found[edges[:, 1], :, 0])
    assert abs(float(start[0])) == pytest.approx(foot, rel=1e-4)


def test_a_load_on_what_nothing_holds_shows_in_the_residual():
    """Two beams, one of them free: a force on it has no equilibrium, whatever pins make of it; one on the other has."""
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [4.0, 0.0]])
    edges = np.array([[0, 1], [2, 3]])
    beam = beams_between(edges, jnp.asarray(nodes), jnp.full(2, 0.1), BeamMaterial(1.0, 0.3, 1.0))
    prescribed = np.zeros((4, 3), bool)
    prescribed[0] = True
    load = np.zeros((4, 3, 2))
    load[1, 1, 0] = load[3, 1, 1] = 0.1
    frame = FrameTopology(edges, prescribed)
    found, residual = equilibrium(frame, stiffness_blocks(beam), jnp.zeros_like(load), jnp.asarray(load))
    assert float(residual[0]) < 1e-8 and float(residual[1]) > 0.1
    assert np.abs(found[2:, :, 0]).max() == 0.0


def test_hinges_and_rollers_hold_a_truss():
    """A bar on a hinge and a roller, pushed along: F L / (E A); a free end that turns about a hinge has no equilibrium."""
    nodes = np.array([[0.0, 0.0], [2.0, 0.0]])
    edges = np.array([[0, 1]])
    beam = beams_between(edges, jnp.asarray(nodes), jnp.full(1, 0.1), BeamMaterial(1.0, 0.3, 1.0))
    prescribed = np.zeros((2, 3), bool)
    prescribed[0, :2] = prescribed[1, 1] = True
    load = np.zeros((2, 3, 1))
    load[1, 0] = 0.3
    held = FrameTopology(edges, prescribed)
    found, residual = equilibrium(held, stiffness_blocks(beam), jnp.zeros_like(load), jnp.asarray(load))
    assert float(residual[0]) < 1e-8 and float(found[1, 0, 0]) == pytest.approx(0.3 * 2 / 0.1, rel=1e-10)
    prescribed[1, 1] = False
    load[1, 1] = 0.3
    turning = FrameTopology(edges, prescribed)
    _, residual = equilibrium(turning, stiffness_blocks(beam), jnp.zeros_like(load), jnp.asarray(load))
    assert float(residual[0]) > 0.1
