"""Bending of three and four points, a load at an angle, and a thick cylinder under pressure, against closed forms."""

from typing import Any

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.actions.displaced import Displaced
from metac.stdlib.actions.point_force import PointForce
from metac.stdlib.actions.spread import LineForce, Pressure
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.measures.at_places import Displacement, Reaction
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge, HeldPoint
from tests.mechanics import LINEAR_ELASTIC, Block, Material, lame, quadrilaterals

LENGTH, DEPTH, THICKNESS, E, NU = 40.0, 2.0, 3.0, 2000.0, 0.3
INERTIA, AREA = THICKNESS * DEPTH**3 / 12, THICKNESS * DEPTH
SHEAR_MODULUS, SHEAR_FACTOR = E / (2 * (1 + NU)), 10 * (1 + NU) / (12 + 11 * NU)
"""Cowper's factor of a rectangle, J. Appl. Mech. 33, 1966."""
PLANE_STRESS = Material(LINEAR_ELASTIC, (SHEAR_MODULUS, E * NU / (1 - NU**2)))
BEAM = Block(quadrilaterals(40, 4, 2, Rectangle(0.0, 0.0, LENGTH, DEPTH)), PLANE_STRESS, thickness=THICKNESS)
MIDDLE = DEPTH / 2
ENDS = (HeldPoint(at=(0.0, MIDDLE), along="both"), HeldPoint(at=(LENGTH, MIDDLE), along="y"))
FORCE = 6.0


def load(*actions, supports=ENDS, body=BEAM) -> Any:
    return Experiment(body=body, boundary=Supported(supports=supports), control=Applied(actions=actions), path=Linear())


def at(measure, found, place, along):
    return float(measure(of=found, at=place, edge=None, group=None, along=along).value.ordinate[-1])


@pytest.mark.slow
def test_three_points():
    """Timoshenko: F L³ / 48 E I + F L / 4 κ G A; the forces are spread over the depth, so that no end sinks in by itself."""
    found = load(PointForce(at=(LENGTH / 2, MIDDLE), force=(0.0, -FORCE)))
    wanted = -FORCE * LENGTH**3 / (48 * E * INERTIA) - FORCE * LENGTH / (4 * SHEAR_FACTOR * SHEAR_MODULUS * AREA)
    # Away from where the forces act: half of the difference to the lower edge is the sinking in of one force.
    assert at(Displacement, found, (LENGTH / 2, 0.0), "y") == pytest.approx(wanted, rel=4e-3)
    assert at(Reaction, found, (0.0, MIDDLE), "y") == pytest.approx(FORCE / 2, rel=1e-9)
    assert at(Reaction, found, (LENGTH, MIDDLE), "y") == pytest.approx(FORCE / 2, rel=1e-9)


@pytest.mark.slow
def test_four_points():
    """Between the two forces the moment is constant: the deflection there is a parabola, free of shear."""
    arm = LENGTH / 4
    found = load(*(PointForce(at=(x, DEPTH), force=(0.0, -FORCE / 2)) for x in (arm, LENGTH - arm)))
    moment, half = FORCE / 2 * arm, LENGTH / 8
    rise = at(Displacement, found, (LENGTH / 2, MIDDLE), "y") - at(Displacement, found, (LENGTH / 2 - half, MIDDLE), "y")
    assert rise == pytest.approx(-moment * half**2 / (2 * E * INERTIA), rel=1e-3)


@pytest.mark.slow
def test_bending_by_a_displacement_needs_the_force_that_gives_it():
    sunk = load(Displaced(at=(LENGTH / 2, DEPTH), edge=None, group=None, x=None, y=-0.5))
    force = -at(Reaction, sunk, (LENGTH / 2, DEPTH), "y")
    pressed = load(PointForce(at=(LENGTH / 2, DEPTH), force=(0.0, -force)))
    assert at(Displacement, pressed, (LENGTH / 2, DEPTH), "y") == pytest.approx(-0.5, rel=1e-9)


@pytest.mark.slow
def test_a_line_force_along_a_cantilever():
    """q L⁴ / 8 E I + q L² / 2 κ G A, and its clamp takes all of it."""
    line = LineForce(edge="top", group=None, value=(0.0, -0.05), span=None)
    found = load(line, supports=(HeldEdge(edge="left", along="both"),))
    wanted = -0.05 * LENGTH**4 / (8 * E * INERTIA) - 0.05 * LENGTH**2 / (2 * SHEAR_FACTOR * SHEAR_MODULUS * AREA)
    assert at(Displacement, found, (LENGTH, MIDDLE), "y") == pytest.approx(wanted, rel=2e-3)
    held = Reaction(of=found, at=None, edge="left", group=None, along="y").value.ordinate[-1]
    assert float(held) == pytest.approx(0.05 * LENGTH, rel=1e-9)


@pytest.mark.slow
def test_a_load_at_an_angle_is_the_sum_of_its_parts():
    clamp, tip, angle = (HeldEdge(edge="left", along="both"),), (LENGTH, MIDDLE), np.radians(30)
    found = load(PointForce(at=tip, force=(FORCE * np.cos(angle), FORCE * np.sin(angle))), supports=clamp)
    stretch = FORCE * np.cos(angle) * LENGTH / (E * AREA)
    wanted = FORCE * np.sin(angle) * (LENGTH**3 / (3 * E * INERTIA) + LENGTH / (SHEAR_FACTOR * SHEAR_MODULUS * AREA))
    assert at(Displacement, found, (LENGTH, 0.0), "y") == pytest.approx(wanted, rel=3e-3)
    mean = Displacement(of=found, at=None, edge="right", group=None, along="x").value.ordinate[-1]
    assert float(mean) == pytest.approx(stretch, rel=2e-2)


INNER, OUTER, PRESSURE = 1.0, 2.0, 5.0


def ring(radial, around):
    """A quarter of a thick cylinder of curved elements, which both pore and outer edge follow."""
    flat = quadrilaterals(around, radial, 2, Rectangle(0.0, 0.0, 1.0, 1.0))
    radius, angle = INNER + (OUTER - INNER) * flat.nodes[:, 1], np.pi / 2 * (1 - flat.nodes[:, 0])
    nodes = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    names = {"pores": "bottom", "outside": "top", "left": "left", "bottom": "right"}
    facets = {name: flat.facets[side] for name, side in names.items()}
    named = {"rim": facets.pop("outside")}
    return Mesh(nodes, flat.cells, facets, Rectangle(0.0, 0.0, OUTER, OUTER), named)


@pytest.mark.parametrize("where", ["pores", "rim"])
def test_a_thick_cylinder(where):
    """Lamé (1833): u(r) = A r + B / r in plane strain, under a pressure inside or outside."""
    mesh, (mu, lam) = ring(4, 8), lame(E, NU)
    place = {"edge": "pores", "group": None} if where == "pores" else {"edge": None, "group": "rim"}
    body = Block(mesh, Material(LINEAR_ELASTIC, (mu, lam)), thickness=THICKNESS)
    supports = (HeldEdge(edge="left", along="x"), HeldEdge(edge="bottom", along="y"))
    found = load(Pressure(**place, value=PRESSURE, span=None, acts="dead"), supports=supports, body=body)
    inside, outside = (PRESSURE, 0.0) if where == "pores" else (0.0, PRESSURE)
    shell = OUTER**2 - INNER**2
    even = (inside * INNER**2 - outside * OUTER**2) / shell / (2 * (mu + lam))
    curved = (inside - outside) * INNER**2 * OUTER**2 / shell / (2 * mu)
    radius = np.linalg.norm(mesh.nodes, axis=1)
    radial = np.einsum("ni,ni->n", np.asarray(found.response.displacement[0]), mesh.nodes) / radius
    np.testing.assert_allclose(radial, even * radius + curved / radius, rtol=2e-4)
