"""Laws on a mesh from a file may vary: gradients, and a fit that finds the modulus that a curve was made with."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from tests.mechanics import rectangle, taylor_remainders
from tests.runtime.mesh.mesh_writers import write_msh
from tests.stdlib.bodies.test_mesh_file import BLOCK, NAMES, layers

SPEC = """
param E1: Pressure = 60 MPa in 20 MPa .. 100 MPa
param nu2: Scalar = 0.35 in 0.1 .. 0.45
param deep: Length = 1 mm in 0.5 mm .. 2 mm
material hard = neo_hookean { E = E1, nu = 0.25 }
material soft = neo_hookean { E = 4 MPa, nu = nu2 }
body part = KIND { file = "layers.msh", unit = 1 mm, groups = ["hard", "soft"], materials = [hard, soft], thickness = deep }
"""
MESH = """
load pull = tension { body = part, along = y, strain = 8 %, increments = 2 }
match last(stress(pull)) to 1 MPa
match last(reaction(pull, edge = bottom, along = y)) to 1 N
"""
PERIODIC = """
load rve = periodic_tension { body = part, along = x, strain = 8 %, increments = 2 }
match last(stress(rve)) to 1 MPa
match last(energy(rve)) to 1 mJ
"""
VARIED = "study fit = optimize { vary = [E1, nu2, deep] }\n"


def spec(folder: Path, kind: str, rest: str) -> Path:
    mesh = rectangle(4, 4, 1, BLOCK)
    write_msh(folder / "layers.msh", mesh, layers(mesh), NAMES)
    path = folder / "fit.meta"
    path.write_text(SPEC.replace("KIND", kind) + rest, encoding="utf-8")
    return path


@pytest.mark.parametrize(("kind", "rest"), [("mesh", MESH), pytest.param("periodic_mesh", PERIODIC, marks=pytest.mark.slow)])
def test_gradients(tmp_path, kind, rest):
    program = metac.load(str(spec(tmp_path, kind, rest + VARIED))).program()
    theta, steps = program.init(jax.random.key(0)), np.array([8e-2, 4e-2, 2e-2])
    for name in ("E1", "nu2", "deep"):
        direction = {other: jax.tree.map(jnp.zeros_like, part) for other, part in theta.items()}
        direction[name] = jnp.ones(())
        remainders, slope, difference = taylor_remainders(program.loss, theta, direction, steps)
        assert abs(slope) > 1e-6 and slope == pytest.approx(difference, rel=2e-6), name
        orders = np.log2(remainders[:-1] / remainders[1:])
        assert (np.abs(orders - 2) < 0.15).all() or (remainders < 1e-9).all(), (name, orders)


FIT = """
load pull = tension { body = part, along = y, strain = 8 %, increments = 2 }
match stress(pull) to curve([[4 %, AT4 MPa], [8 %, AT8 MPa]])
study fit = least_squares { vary = E1, profile = 0 }
"""


@pytest.mark.slow
def test_a_fit_finds_the_modulus_that_a_curve_was_made_with(tmp_path):
    path = spec(
        tmp_path,
        "mesh",
        "load pull = tension { body = part, along = y, strain = 8 %, increments = 2 }\nreport stress(pull)\n",
    )
    program = metac.load(str(path)).set(E1="85 MPa").program()
    stress = np.asarray(program.objects(program.init(jax.random.key(0)))["pull"].response.mean_stress)[:, 1, 1]
    text = SPEC.replace("KIND", "mesh") + FIT.replace("AT4", repr(float(stress[0]))).replace("AT8", repr(float(stress[1])))
    path.write_text(text, encoding="utf-8")
    result = metac.load(str(path)).run()
    assert result.varied["E1"]["value"] == pytest.approx(85.0, rel=1e-5)
