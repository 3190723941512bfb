"""Settings that every test shares."""

import atexit
import gc
import os
import shutil
import signal
import tempfile
from pathlib import Path

# Tests compile thousands of small programs and run each a few times: LLVM's optimisations and the newer emitters of fused
# loops would cost half of their time. What XLA itself does to a program stays as it is. Set before JAX is imported;
# processes that tests start inherit it.
os.environ["XLA_FLAGS"] = " ".join(
    [os.environ.get("XLA_FLAGS", ""), "--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false"]
).strip()
# Nothing goes to the user's cache, and nothing comes from it; processes that tests start inherit this too.
os.environ["METAC_CACHE"] = tempfile.mkdtemp(prefix="metac-tests-")

import hypothesis
import jax
import jaxtyping
import pytest

# Types and shapes of arrays are checked where they are stated, in each call: installed before any of these is imported.
jaxtyping.install_import_hook(
    [f"metac.runtime.{part}" for part in ("fem", "grid", "beams", "flows", "multiscale", "assembly")], "beartype.beartype"
)

from metac.runtime.mesh.mesh_cache import cache_in  # noqa: E402
from metac.runtime.precision import enable_double_precision  # noqa: E402

enable_double_precision()
atexit.register(shutil.rmtree, os.environ["METAC_CACHE"], ignore_errors=True)
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # Most programs of tests are compiled once: writing them costs more than it saves.
    jax.config.update("jax_enable_compilation_cache", False)
# How long an example takes says something of the machine's other work, not of metac.
hypothesis.settings.register_profile("metac", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("metac")
# Shells start what runs in the background with SIGINT ignored, and Python leaves it so: tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

MOST_MAPPINGS = 20_000
"""Linux allows a process 65,530 by default; XLA aborts it when it gets no more."""


@pytest.fixture(scope="module", autouse=True)
def _no_cached_meshes():
    """Runs switch the cache of meshes on for their process: off again, or later tests would not mesh at all."""
    yield
    cache_in(None)


@pytest.fixture(scope="module", autouse=True)
def _few_compiled_programs():
    """Each compiled program maps pieces of memory, and hundreds of tests compile thousands: forget them now and then."""
    yield
    mappings = Path("/proc/self/maps")
    if mappings.exists() and mappings.read_bytes().count(b"\n") > MOST_MAPPINGS:
        jax.clear_caches()
        gc.collect()
