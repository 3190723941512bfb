"""Functions on the host under every transformation that compiled code goes through, and where something goes wrong."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from metac.runtime.host_callback import call
from metac.runtime.host_callback import xla_ffi as abi
from metac.runtime.host_callback.call import TARGET


def like(*shape, dtype=np.float64):
    return jax.ShapeDtypeStruct(shape, dtype)


def scale_on_host(x, factor):
    assert isinstance(x, np.ndarray)
    assert not x.flags.writeable
    return factor * x, np.sum(x)


def scaled(x, factor):
    return call.call("scale", scale_on_host, (like(*x.shape), like()), x, jnp.asarray(factor, dtype=float))


@pytest.fixture(params=["by name", "by callback"])
def way(request, monkeypatch):
    """How the host is reached; what was compiled for the other way is forgotten."""
    if request.param == "by callback":
        monkeypatch.setattr(call, "_is_registered", lambda: False)
    jax.clear_caches()
    yield request.param
    jax.clear_caches()


def test_programs_hold_the_name_and_no_callback():
    text = jax.jit(scaled).lower(jnp.ones(3), 2.0).as_text()
    assert TARGET in text
    assert 'name = "scale"' in text
    assert "callback" not in text


def test_results_come_in_place(way):
    doubled, total = jax.jit(scaled)(jnp.arange(3.0), 2.0)
    assert np.array_equal(doubled, [0.0, 2.0, 4.0])
    assert total == 3.0


def test_vmap_calls_one_after_the_other(way):
    doubled, total = jax.jit(jax.vmap(scaled, (0, None)))(jnp.arange(6.0).reshape(2, 3), 2.0)
    assert np.array_equal(doubled, [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]])
    assert np.array_equal(total, [3.0, 12.0])


def test_loops_and_branches(way):
    def body(x, i):
        return lax.cond(i % 2 == 0, lambda x: scaled(x, 2.0), lambda x: (x, jnp.sum(x)), x)

    last, sums = jax.jit(lambda x: lax.scan(body, x, jnp.arange(4)))(jnp.arange(3.0))
    assert np.array_equal(last, [0.0, 4.0, 8.0])
    assert np.array_equal(sums, [3.0, 6.0, 6.0, 12.0])
    grown = jax.jit(lambda x: lax.while_loop(lambda x: x[1] < 100, lambda x: scaled(x, 3.0)[0], x))(jnp.ones(2))
    assert np.array_equal(grown, [243.0, 243.0])


def test_a_hand_written_derivative(way):
    @jax.custom_vjp
    def double(x):
        return scaled(x, 2.0)[0]

    double.defvjp(lambda x: (double(x), None), lambda _, y: (scaled(y, 2.0)[0],))
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(double(x) ** 2)))(jnp.arange(3.0))
    assert np.array_equal(gradient, [0.0, 8.0, 16.0])


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "uint8", "float32", "float64", "complex128"])
def test_data_types_and_shapes(dtype, way):
    values = np.arange(6).reshape(2, 1, 3).astype(dtype)

    def function(x, nothing, number):
        assert (x.dtype, x.shape, nothing.shape, number.shape) == (dtype, (2, 1, 3), (0, 4), ())
        return x[::-1], nothing, number

    shapes = (like(2, 1, 3, dtype=values.dtype), like(0, 4), like(dtype=np.int64))
    program = jax.jit(lambda *x: call.call(f"reverse {dtype} {way}", function, shapes, *x))
    reverse, nothing, number = program(values, jnp.zeros((0, 4)), 7)
    assert np.array_equal(reverse, values[::-1])
    assert nothing.shape == (0, 4)
    assert number == 7


def test_far_more_calls_than_may_enter_at_once():
    program = jax.jit(lambda x: lax.fori_loop(0, 20 * call.SIMULTANEOUS, lambda _, x: scaled(x, -1.0)[0], x))
    assert np.array_equal(program(jnp.ones(2)), [1.0, 1.0])


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_ends_the_program_and_the_next_one_runs(kind):
    def fail(x):
        raise kind("out of order")

    broken = jax.jit(lambda x: call.call(f"fail with {kind}", fail, (like(),), x))
    for _ in range(2 * call.SIMULTANEOUS):
        with pytest.raises(jax.errors.JaxRuntimeError, match="out of order"):
            jax.block_until_ready(broken(1.0))
    assert scaled(jnp.ones(1), 5.0)[0] == 5.0


@pytest.mark.parametrize("values", [(np.zeros(3), 0.0), (np.zeros(2),), (np.zeros(2), 0.0, 0.0)])
def test_results_that_do_not_fit_are_told(values, request):
    program = jax.jit(lambda x: call.call(request.node.name, lambda x: values, (like(2), like()), x))
    with pytest.raises(jax.errors.JaxRuntimeError):
        jax.block_until_ready(program(1.0))


def test_a_program_whose_function_is_not_there_is_told(monkeypatch):
    program = jax.jit(scaled).lower(jnp.ones(3), 2.0).compile()
    monkeypatch.setattr(call, "_functions", {})
    with pytest.raises(jax.errors.JaxRuntimeError, match="nothing on the host is called `scale`"):
        jax.block_until_ready(program(jnp.ones(3), 2.0))


def test_other_platforms_do_not_get_the_target(monkeypatch):
    """There the branch is taken that stands for `pure_callback`."""
    monkeypatch.setattr(call, "_by_callback", lambda function, results, x, factor: (jnp.cos(x), jnp.sum(x)))
    jax.clear_caches()
    text = jax.jit(scaled).trace(jnp.ones(3), 2.0).lower(lowering_platforms=("cuda",)).as_text()
    jax.clear_caches()
    assert TARGET not in text
    assert "cosine" in text


@pytest.mark.parametrize(("name", "value"), [("MAJOR", 1), ("_BUFFER", 2)])
def test_an_unknown_interface_is_told_in_words(name, value, monkeypatch):
    monkeypatch.setattr(abi, name, value)
    if name == "MAJOR":
        monkeypatch.setattr(call, "TARGET", "a target of another version")
        assert not call._is_registered.__wrapped__()
    else:
        with pytest.raises(jax.errors.JaxRuntimeError, match="cannot cross to the host"):
            jax.block_until_ready(jax.jit(scaled)(jnp.ones(3), 2.0))


def test_an_unknown_interface_is_no_end(monkeypatch, caplog):
    monkeypatch.setattr(abi, "MAJOR", 1)
    monkeypatch.setattr(call, "TARGET", "a target of a version to come")
    monkeypatch.setattr(call, "_is_registered", call._is_registered.__wrapped__)
    jax.clear_caches()
    assert np.array_equal(scaled(jnp.ones(2), 3.0)[0], [3.0, 3.0])
    jax.clear_caches()
    assert "compiled programs are not cached" in caplog.text
    assert "its version is 0." in caplog.text


HEAD = """
import signal, threading, time, jax, numpy as np
import jax.numpy as jnp
from metac.runtime.host_callback.call import call
jax.config.update("jax_enable_x64", True)

def where(x):
    time.sleep(0.05)
    return (np.int64(threading.current_thread() is threading.main_thread()),)

def is_main_thread(x):
    return call("where", where, (jax.ShapeDtypeStruct((), np.int64),), x)[0]
"""


def run(program: str) -> str:
    """The output of another process; it must end well."""
    ended = subprocess.run([sys.executable, "-c", HEAD + program], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_programs_side_by_side_with_calls_that_do_not_depend_on_each_other():
    """XLA may run them in any order, from several threads, while Python sleeps in some of them."""

    def late(x):
        time.sleep(0.001)
        return (x + 1,)

    def many(x):
        return sum(call.call("late", late, (like(),), x + place)[0] for place in range(10))

    program = jax.jit(many).lower(0.0).compile()
    with ThreadPoolExecutor(4) as executor:
        sums = list(executor.map(lambda x: float(program(x)), np.arange(20.0)))
    assert sums == [10 * x + 55 for x in range(20)]


def test_leaving_python_in_the_midst_of_calls():
    program = """
program = jax.jit(lambda x: jax.lax.fori_loop(0, 10, lambda i, x: x + is_main_thread(x), x))
program(np.int64(0))
print("left")
"""
    assert run(program) == "left\n"


def test_an_interrupt_is_met_on_the_way_into_python():
    """A signal that comes while compiled code runs is dealt with on entering Python in the main thread, before any `try`."""
    program = """
jax.config.update("jax_cpu_enable_async_dispatch", False)
work = jax.jit(lambda x: is_main_thread(jax.lax.fori_loop(0, 100_000, lambda i, x: jnp.sin(x), x)))
x = jnp.ones(1000)
assert work(x) == 1, "not in the main thread"
signal.signal(signal.SIGALRM, signal.default_int_handler)
for _ in range(5):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        jax.block_until_ready(work(x))
    except (jax.errors.JaxRuntimeError, ValueError) as error:
        assert "KeyboardInterrupt" in str(error)
        print("met")
"""
    assert run(program) == 5 * "met\n"
