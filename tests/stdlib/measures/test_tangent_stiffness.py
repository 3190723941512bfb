"""The homogenised tangent of a strained period: finite differences, a closed form, gradients, what has none."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.grid.mesh import grid_constraints
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.mean_strain import MeanStrain
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.measures.tangent_stiffness import TangentStiffness
from metac.stdlib.paths.increments import Increments
from tests.mechanics import Block, Material, lame, quadrilaterals

MESH = quadrilaterals(3, 3, 1, Rectangle(0.0, 0.0, 2.0, 2.0))
MU, LAM = lame(50.0, 0.3)
SOFT = np.array([1.0, 1.0, 1.0, 0.02, 1.0, 1.0, 0.3, 1.0, 1.0])
"""Of each pixel, over the stiffness of the others: nothing symmetric."""
STRAINS = {"xx": 0.1, "yy": -0.05, "xy": 0.08}


class Period(Block):
    """Pixels of several stiffnesses, which repeat."""

    def __init__(self, soft=SOFT, coordinates=None):
        parameters = (MU * jnp.asarray(soft), LAM * jnp.asarray(soft))
        super().__init__(MESH, Material(parameters=parameters), coordinates=coordinates)
        self.constraints = grid_constraints(3, 3, 2.0, 2.0, 1)


def strained(strains, body=None) -> Any:
    control = MeanStrain(**strains, stress_xx=None, stress_yy=None, stress_xy=None, keep="x")
    return Experiment(body=body or Period(), boundary=Periodic(), control=control, path=Increments(count=1))


def flat(stress):
    return jnp.stack([stress[0, 0], stress[1, 1], stress[0, 1], stress[1, 0]])


@jax.jit
def stress_and_tangent(strains):
    load = strained(strains)
    return flat(load.response.mean_stress[-1]), TangentStiffness(of=load).value, load.response.status.ok


def test_it_is_the_slope_of_the_mean_stress():
    h = 1e-5
    _, tangent, good = stress_and_tangent(STRAINS)
    assert bool(good)
    for column, name in enumerate(STRAINS):
        ahead, back = (stress_and_tangent({**STRAINS, name: STRAINS[name] + step})[0] for step in (h, -h))
        np.testing.assert_allclose(tangent[:, column], (ahead - back) / (2 * h), rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(tangent, tangent.T, rtol=1e-12)
    # No stress by a rotation as a whole beyond that of turning the stress: dP = W P for dF = W F.
    (xx, yy, xy, yx), turn = stress_and_tangent(STRAINS)[0], np.array([[0.0, -1.0], [1.0, 0.0]])
    gradient = turn @ np.array([[1.1, 0.08], [0.0, 0.95]])
    np.testing.assert_allclose(tangent @ flat(gradient), flat(turn @ np.array([[xx, xy], [yx, yy]])), rtol=1e-8)


@pytest.mark.slow
def test_a_homogeneous_period_has_the_tangent_of_its_law():
    load = strained(STRAINS, Period(np.ones(9)))
    F = jnp.eye(2) + jnp.array([[0.1, 0.08], [0.0, -0.05]])
    wanted = Material().functions.tangent2(F[..., None], (MU, LAM))[..., 0]
    i, j = np.array([(0, 0), (1, 1), (0, 1), (1, 0)]).T
    np.testing.assert_allclose(TangentStiffness(of=load).value, wanted[i[:, None], j[:, None], i, j], rtol=1e-10, atol=1e-10)


@pytest.mark.slow
def test_its_gradients():
    mask = jnp.asarray(np.random.default_rng(0).uniform(-0.05, 0.05, MESH.nodes.shape)).at[MESH.nodes_on("left")].set(0.0)
    mask = mask.at[jnp.asarray(np.unique(np.concatenate([MESH.nodes_on(part) for part in MESH.facets])))].set(0.0)

    def stiff(given):
        body = Period(SOFT * given["soft"], jnp.asarray(MESH.nodes) + given["shape"] * mask)
        value = TangentStiffness(of=strained({**STRAINS, "xx": given["strain"]}, body)).value
        return value[0, 0] + 0.3 * value[1, 2]

    value_and_gradient = jax.jit(jax.value_and_grad(stiff))
    at = {"soft": 1.0, "shape": 0.2, "strain": 0.1}
    _, gradient = value_and_gradient(at)
    for name, h in (("soft", 1e-4), ("shape", 1e-3), ("strain", 1e-4)):
        ahead, back = (value_and_gradient({**at, name: at[name] + step})[0] for step in (h, -h))
        assert float(gradient[name]) == pytest.approx(float((ahead - back) / (2 * h)), rel=1e-5)


def test_a_body_between_grips_has_none():
    grips = Grips(along="y", clamp="both")
    load = Experiment(body=Block(MESH), boundary=grips, control=Stretch(strain=0.1, along="y"), path=Increments(count=1))
    with pytest.raises(FieldError, match="only a period"):
        TangentStiffness(of=load).value  # noqa: B018
