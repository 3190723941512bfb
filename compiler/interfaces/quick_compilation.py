"""Programs that run once or twice: their compilation is most of what they cost, so it is kept short."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

Given = ParamSpec("Given")
Found = TypeVar("Found")

QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
"""LLVM's optimisations and the newer emitters of fused loops left out: of one evaluation of the quickstart's sheet, gradient
included, the compilation takes 5.6 s of processor time instead of 15.4 s, a run from rest 0.55 s instead of 0.35 s. Results
differ by rounding."""


def quickly_compiled(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """`jax.jit` for a function that is called once or twice; on other devices than CPUs that is all it is.

    For functions that nothing else traces: JAX takes options of compilation of the outermost one alone.
    """
    return jax.jit(function, compiler_options=QUICK if jax.default_backend() == "cpu" else None)
