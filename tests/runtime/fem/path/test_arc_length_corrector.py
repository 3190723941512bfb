"""The corrector onto a sphere: what it takes for a state; whole paths are in `test_arc_length.py`."""

import jax.numpy as jnp
import pytest

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium.equilibrium_data import ProblemData
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.arc_length_corrector import ArcLengthSystem, PathPoint, ProportionalLoad, SphereCorrector
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle

MESH = rectangle(2, 2, 1)
NODES = jnp.asarray(MESH.nodes)
PROBLEM = make_problem(MESH, degrees(MESH.nodes_on("bottom")), NEO_HOOKEAN)
LOAD = ProportionalLoad(jnp.zeros(len(PROBLEM.assembly.fixed)), jnp.zeros_like(NODES).at[-1, 1].set(0.1))
SYSTEM = ArcLengthSystem(PROBLEM, ProblemData(NODES, PROBLEM.geometry(NODES), lame(10.0, 0.3)), LOAD)
SOUND = PathPoint(PROBLEM.free(0.01 * NODES), jnp.asarray(0.3))
STATES = {
    "sound": SOUND,
    "mirrored": PathPoint(PROBLEM.free(NODES * jnp.array([-2.0, 0.0])), SOUND.factor),
    "not a number": PathPoint(SOUND.free.at[0].set(jnp.nan), SOUND.factor),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_is_none_is_no_start_and_no_end(monkeypatch, state):
    """In balance on the sphere or not, the step is given up."""
    corrector, none = SphereCorrector(SYSTEM, jnp.zeros_like(NODES), jnp.asarray(0.01)), callback.no_factor()
    point, is_sound = STATES[state], state == "sound"
    assert bool(corrector.initial_state(point, none).failed) != is_sound
    monkeypatch.setattr(SphereCorrector, "judge", lambda *_: (jnp.asarray(True), jnp.zeros(())))
    monkeypatch.setattr(SphereCorrector, "moved", lambda *_: (point, jnp.zeros(()), none))
    after = corrector.step(corrector.initial_state(SOUND, none))
    assert bool(after.converged) == is_sound and bool(after.failed) != is_sound
