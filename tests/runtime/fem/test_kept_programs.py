"""Compiled load paths outlive the process: a second one finds them in JAX's persistent cache."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.fem.equilibrium import linear_solve_callback as callback
from metac.runtime.fem.equilibrium import linear_solve_callback_batched as batched_callback
from metac.runtime.linear_solvers.factorisations import FACTORS
from metac.runtime.linear_solvers.verified import VerifiedAnalysis
from tests.runtime.fem.path.test_incremental import NODES, pull

PROGRAM = """
import sys
import jax
import jax.numpy as jnp
from metac.runtime.precision import enable_double_precision
enable_double_precision()
jax.config.update("jax_compilation_cache_dir", sys.argv[1])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
events = []
jax.monitoring.register_event_listener(lambda event, **_: events.append(event))
from tests.runtime.fem.path.test_incremental import NODES, pull

for _ in range(int(sys.argv[2])):  # what came before must not get into the names
    pull([0.01], nodes=NODES[:])
def pulled(scale):
    return (pull([0.05, 0.1], nodes=scale * NODES)[1] ** 2).sum()
program = jax.jit(jax.value_and_grad(pulled))
lowered = program.lower(1.0)
events.clear()
value, slope = lowered.compile()(1.0)
print(float(value).hex(), float(slope).hex())
for kind in ("hits", "misses"):
    print(kind, events.count(f"/jax/compilation_cache/cache_{kind}"))
"""


def compile_and_run(cache: Path, before: int) -> list[str]:
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(cache), str(before)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": str(before)},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_a_second_process_finds_the_program_and_the_same_numbers(tmp_path):
    first, second = compile_and_run(tmp_path, 0), compile_and_run(tmp_path, 1)
    assert first[1:] == ["hits 0", "misses 1"]
    assert second[1:] == ["hits 1", "misses 0"]
    assert first[0] == second[0]


def test_a_function_on_the_host_that_raises_is_a_failed_path(monkeypatch, caplog):
    """Whatever happens there, the program ends as it should: no displacement, and a status that tells."""

    def broken(*arguments, **keywords):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(FACTORS, "solve", broken)
    _, displacement, status = pull([0.05])
    assert not bool(status.ok)
    assert np.isnan(displacement).all()
    assert "a defect" in caplog.text


def test_an_adjoint_that_raises_is_a_gradient_that_is_not_a_number(monkeypatch):
    def broken(*arguments, **keywords):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(FACTORS, "solve_again", broken)
    assert np.isnan(jax.grad(lambda scale: (pull([0.05], nodes=scale * NODES)[1] ** 2).sum())(1.0))


def test_equal_problems_share_one_analysis_however_often_they_are_made():
    """Handles mean something only to the analysis that made them: a factor is found again through an equal problem."""
    problem = pull([0.01])[0]
    first = problem.assembly
    second = replace(first, analysis=VerifiedAnalysis(first.matrix))
    assert second.analysis is not first.analysis
    assert callback.known_analysis(second) is callback.known_analysis(first)
    values = np.ones(len(first.matrix.indices)) * 1e-3
    values[first.matrix.diagonal] = 2.0
    values, nothing = jnp.asarray(values), jnp.asarray(False)
    right_side = jnp.ones(first.matrix.size)
    made = callback.solve(first, values, right_side, callback.no_factor(), nothing, nothing, keep=True)
    used = callback.solve(second, values, right_side, made.handle, nothing, nothing, keep=True)
    assert (bool(made.own), bool(used.own), int(used.handle)) == (True, False, int(made.handle))
    batched_callback.release(jnp.asarray([used.handle]))
