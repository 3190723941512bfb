"""Programs give loads a start where no measure minds, and loads start there."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.load import WarmStartable
from metac.runtime.fem.status import raise_for
from tests.mechanics import Block, rectangle
from tests.stdlib.made import tension

SPEC = """\
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = 50 MPa, nu = 0.4 }
shape     pores  = tiled { motif = circle { radius = 3.5 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [2, 2], material = rubber, order = 1, size = 6 mm }
generator warp   = flow { symmetry = g, hidden = [3], steps = 2 }
body      design = deformed { body = sheet, by = warp }
load      pull   = tension { body = design, strain = 2 %, increments = 2 }
load      push   = compression { body = design, strain = 2 %, increments = 3 }
match   poisson_ratio(pull) to 0.3 within 0.5
require critical_strain(push) >= 1 %
study fit = optimize { vary = warp, using = adam { rate = 1e-3 }, steps = 4 }
"""


def test_a_load_starts_from_its_neighbour():
    mesh = rectangle(3, 3, 2, hole=True)
    moved = jnp.asarray(mesh.nodes * [1.0, 1.001])
    first = tension(Block(mesh), 0.1, increments=2)
    assert isinstance(first, WarmStartable)
    cold = tension(Block(mesh, coordinates=moved), 0.1, increments=2)
    warm = cold.starting_from(first.starting_from(first.rest).response.start)
    raise_for(warm.response.status)
    assert bool(warm.response.status.warm)
    assert not bool(cold.response.status.warm)
    assert cold.start is None
    for name in ("displacement", "reaction", "energy"):
        assert np.asarray(getattr(warm.response, name)) == pytest.approx(np.asarray(getattr(cold.response, name)), abs=1e-8)


@pytest.mark.slow
def test_loads_that_a_measure_follows_from_rest_get_no_start(tmp_path):
    """The critical strain is found on the way there."""
    (tmp_path / "two.meta").write_text(SPEC)
    program = metac.load(tmp_path / "two.meta").program()
    assert program.rest.keys() == {"pull"}
    evaluate = jax.jit(lambda theta, starts: program.loss_and_evaluation(theta, starts=starts)[1])
    theta = program.init(jax.random.key(0))
    first = evaluate(theta, program.rest)
    second = evaluate(jax.tree.map(lambda leaf: 1.001 * leaf, theta), first.starts)
    assert {name: bool(status.warm) for name, status in first.status.items()} == {"pull": False, "push": False}
    assert {name: bool(status.warm) for name, status in second.status.items()} == {"pull": True, "push": False}
    assert not program.evaluate(theta).starts
