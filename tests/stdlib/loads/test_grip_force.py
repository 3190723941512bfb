"""Force control between grips: the same equilibria as by displacement control, on pixels and meshes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.status import raise_for
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Increments
from tests.mechanics import Block, Material, lame, rectangle, taylor_remainders
from tests.stdlib.made import energy, nominal, pixels, poisson_ratio, stress, tension, youngs_modulus

RUBBERS = [Material(parameters=tuple(map(jnp.asarray, lame(young, 0.3)))) for young in (10.0, 50.0)]
PICTURE = jnp.asarray(np.random.default_rng(3).uniform(size=(2, 3)))


def forced(body, force, along="x", clamp="both", path=None):
    boundary, path = Grips(along=along, clamp=clamp), path or Increments(count=2)
    return Experiment(body=body, boundary=boundary, control=GripForce(force=force), path=path)


BODIES = {
    "pixels": (pixels(PICTURE, 2.0, RUBBERS), "x", "both"),
    "mesh": (Block(rectangle(2, 2, 1, Rectangle(0, 0, 2, 1)), RUBBERS[0], thickness=3.0), "y", "neither"),
}


@pytest.mark.parametrize("name", [pytest.param("pixels", marks=pytest.mark.slow), "mesh"])
def test_a_force_gives_the_displacement_that_gives_the_force(name):
    body, along, clamp = BODIES[name]
    pulled = tension(body, 0.2, along, increments=2, clamp=clamp)
    width = body.domain.height if along == "x" else body.domain.width
    force = nominal(pulled)[-1] * width * body.thickness
    load = forced(body, force, along, clamp)
    raise_for(load.response.status)
    assert float(load.response.status.residual.max()) < 1e-9
    np.testing.assert_allclose(load.response.displacement[-1], pulled.response.displacement[-1], atol=1e-9)
    np.testing.assert_allclose(load.response.mean_strain[-1], pulled.response.mean_strain[-1], atol=1e-9)
    np.testing.assert_allclose(load.response.mean_stress[-1], pulled.response.mean_stress[-1], rtol=1e-8, atol=1e-8)
    assert float(poisson_ratio(load)) == pytest.approx(float(poisson_ratio(pulled)), rel=1e-7)
    assert float(energy(load).ordinate[-1]) == pytest.approx(float(energy(pulled).ordinate[-1]), rel=1e-8)
    # A force grows in equal parts: the stress is that part of it.
    np.testing.assert_allclose(stress(load).ordinate, nominal(pulled)[-1] * np.array([0.5, 1.0]), rtol=1e-9)
    np.testing.assert_allclose(stress(load).abscissa, [0.5, 1.0])


def test_pushing_has_positive_stresses():
    load = forced(BODIES["pixels"][0], -0.5)
    raise_for(load.response.status)
    assert (np.asarray(stress(load).ordinate) > 0).all() and float(load.response.mean_strain[-1, 0, 0]) < 0
    assert float(youngs_modulus(load)) > 0


@pytest.mark.slow
def test_a_force_is_followed_by_arc_length():
    body, along, clamp = BODIES["pixels"]
    followed = forced(body, 1.0, along, clamp, ArcLength(travel=0.1, count=1))
    raise_for(followed.response.status)
    factor = float(followed.response.abscissa[-1])
    prescribed = forced(body, factor, along, clamp, Increments(count=1))
    np.testing.assert_allclose(prescribed.response.displacement[-1], followed.response.displacement[-1], atol=1e-9)


@pytest.mark.parametrize("path", [Increments(count=1), pytest.param(ArcLength(travel=0.1, count=1), marks=pytest.mark.slow)])
def test_taylor(path):
    @jax.jit
    def loss(at):
        density, force = at
        response = forced(pixels(density, 2.0, RUBBERS), force, path=path).response
        return response.mean_strain[-1, 0, 0] + 0.3 * response.mean_stress[-1, 0, 0] + response.energy[-1]

    at = (PICTURE, jnp.asarray(2.0))
    direction = (jnp.asarray(np.random.default_rng(1).normal(size=PICTURE.shape)), jnp.asarray(1.0))
    remainders, slope, difference = taylor_remainders(loss, at, direction, 8e-3 / 2.0 ** np.arange(3))
    assert np.log2(remainders[:-1] / remainders[1:]) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_no_force_is_refused():
    with pytest.raises(FieldError, match="nothing would happen"):
        GripForce(force=0.0)
