"""Settings that every test shares."""

import gc
import os
import signal
from pathlib import Path

# Tests compile thousands of small programs and run each a few times: LLVM's optimisations would cost a third of their time.
# What XLA itself does to a program stays as it is. Set before JAX is imported; processes that tests start inherit it.
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0".strip()

import jax
import pytest

from metac.runtime.precision import enable_double_precision

enable_double_precision()
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # Most programs of tests are compiled once: writing them costs more than it saves, and nothing goes to the user's cache.
    jax.config.update("jax_enable_compilation_cache", False)
# Shells start what runs in the background with SIGINT ignored, and Python leaves it so: tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

MOST_MAPPINGS = 20_000
"""Linux allows a process 65,530 by default; XLA aborts it when it gets no more."""


@pytest.fixture(scope="module", autouse=True)
def _few_compiled_programs():
    """Each compiled program maps pieces of memory, and hundreds of tests compile thousands: forget them now and then."""
    yield
    mappings = Path("/proc/self/maps")
    if mappings.exists() and mappings.read_bytes().count(b"\n") > MOST_MAPPINGS:
        jax.clear_caches()
        gc.collect()
