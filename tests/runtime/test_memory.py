"""What compilations leave is given back to the system."""

import platform

import jax
import jax.numpy as jnp
import pytest

from metac.runtime import memory


@pytest.mark.parametrize(("shortest", "expected"), [(0.0, True), (1e6, False)], ids=["long", "short"])
def test_memory_is_returned_after_long_compilations_only(monkeypatch, shortest, expected):
    told = []
    monkeypatch.setattr(memory, "_trim", lambda: told.append)
    monkeypatch.setattr(memory, "LONG", shortest)
    memory.return_memory_after_compilations.__wrapped__()
    jax.block_until_ready(jax.jit(lambda x: jnp.sin(x) + shortest)(jnp.ones(3)))
    assert bool(told) == expected


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps no freed memory, or cannot be told")
def test_the_c_library_can_be_told():
    trim = memory._trim()
    assert trim is not None
    assert trim(0) in (0, 1)
