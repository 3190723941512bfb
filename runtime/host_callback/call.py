"""Functions on the host, called from compiled code by name, so that compiled programs can be cached between processes.

`jax.pure_callback` writes the address of a Python object into the program, which is therefore never saved in JAX's
persistent cache. Here a program holds a name; each process fills a registry with the functions of these names as it traces.
The target that XLA calls is a C function made by ctypes: nothing is compiled on installation.

Only programs for the CPU call it: on other platforms, and with a jaxlib whose interface is not known, `pure_callback` serves
as before. Before Python 3.14 a daemon thread must not be in compiled code when the interpreter ends: Python then ends the
thread inside of XLA, which aborts the process.
"""

from __future__ import annotations

import ctypes
import logging
import operator
import traceback
from collections import deque
from collections.abc import Callable, Generator, Sequence
from functools import cache, partial
from typing import Any, cast

import jax
import numpy as np
from jax import Array, lax

from metac.runtime.host_callback import xla_ffi as abi

HostFunction = Callable[..., Sequence[Any]]
"""Takes numpy arrays, views that must not be kept or written to, and gives values for all results. Never calls JAX."""

TARGET = "metac_host_function"
SIMULTANEOUS = 64
"""Calls that may enter Python at the same moment."""

_log = logging.getLogger(__name__)
_functions: dict[str, HostFunction] = {}
_interface: list[abi.Api] = []
"""XLA's functions, once it has called."""


def call(name: str, function: HostFunction, results: Sequence[jax.ShapeDtypeStruct], *arguments: Array) -> tuple[Array, ...]:
    """Call `function` on the host each time that compiled code comes here; several calls may be under way at once.

    It must be pure in effect, and `name` identify all that it does, in any process: the function that first had a name is
    called for all that have it, by programs compiled anywhere, and is kept as long as the process lives. An exception ends
    the program with a JaxRuntimeError. Under `vmap`, calls follow one another. There are no derivatives.
    """
    function = _functions.setdefault(name, function)
    if not _is_registered():
        return _by_callback(function, results, *arguments)

    def by_name(*arguments: Array) -> tuple[Array, ...]:
        return tuple(jax.ffi.ffi_call(TARGET, tuple(results), vmap_method="sequential")(*arguments, name=name))

    return tuple(lax.platform_dependent(*arguments, cpu=by_name, default=partial(_by_callback, function, results)))


def _by_callback(function: HostFunction, results: Sequence[jax.ShapeDtypeStruct], *arguments: Array) -> tuple[Array, ...]:
    def on_host(*operands: Array) -> tuple[Any, ...]:
        values = function(*(np.asarray(operand) for operand in operands))
        return tuple(np.asarray(value, like.dtype) for value, like in zip(values, results, strict=True))

    return tuple(jax.pure_callback(on_host, tuple(results), *arguments, vmap_method="sequential"))


@cache
def _is_registered() -> bool:
    """Whether XLA took our handler."""
    pool = _Pool()
    _fill(pool)
    handler = abi.Handler(cast(Callable[[int], Any], pool))
    # XLA calls it as long as it has threads, also while Python is shutting down: never freed.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handler))
    try:
        jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(ctypes.cast(handler, ctypes.c_void_p).value), platform="cpu")
    except Exception as refusal:
        _log.warning(
            "this jaxlib's foreign function interface is not known to metac, so compiled programs are not cached between "
            "processes (%s); a newer metac may know it",
            refusal,
        )
        return False
    return True


class _Pool(deque[Callable[[int], int | None]]):
    """Called by C, it hands the call to one of the generators that wait in it.

    Why so: a function written in Python looks for signals before its first line. A KeyboardInterrupt there is raised outside
    of any `try`, and ctypes, left with an exception, would return an address that it never set. A generator resumes at its
    `yield`, inside of `try`; and what stands before it here, descriptor, `pop` and `send`, is written in C.
    """

    __call__ = property(operator.methodcaller("pop"))


def _fill(pool: _Pool) -> None:
    while len(pool) < SIMULTANEOUS:
        pool.append(_ready(pool))


def _ready(pool: _Pool) -> Callable[[int], int | None]:
    generator = _serve_one(pool)
    next(generator)
    return generator.send


def _serve_one(pool: _Pool) -> Generator[int | None, int, None]:
    """Serve one call: the address of its frame comes in, that of an error or none goes out."""
    problem = None
    try:
        address = yield None
        _fill(pool)
        _serve(abi.CallFrame.from_address(address))
    except GeneratorExit:
        return
    except BaseException as caught:
        problem = caught
    yield problem and abi.error(_interface[0], "".join(traceback.format_exception(problem)))


def _serve(frame: abi.CallFrame) -> None:
    if not _interface:
        _interface.append(abi.Api.from_address(ctypes.addressof(frame.interface.contents)))
    if abi.answer_query(frame) or not abi.is_execution(frame):
        return
    name = abi.text_attribute(frame, "name")
    function = _functions.get(name)
    if function is None:
        raise LookupError(f"nothing on the host is called `{name}`: its program was not traced in this process")
    values = function(*abi.arrays(frame.operands, writeable=False))
    for result, value in zip(abi.arrays(frame.results, writeable=True), values, strict=True):
        result[...] = value
