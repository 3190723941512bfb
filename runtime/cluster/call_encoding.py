"""Calls and their results as bytes: text and arrays, nothing that could run.

Values are written as JSON whose arrays stand beside it in an `.npz` file. The same value gives the same bytes, so that
a call can be named by the hash of its content.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TREE = "tree"
"""The array that holds the JSON text."""
OURS = "metac."
"""Where the classes of records come from."""


class BadEncoding(ValueError):
    """Bytes that hold no value."""


def encode(value: Any) -> bytes:
    """Numbers, texts, bytes, arrays, lists, tuples, dictionaries by text, dataclasses and named tuples of metac.

    Raises TypeError for anything else.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = json.dumps(_plain(value, arrays), separators=(",", ":")).encode()
    file = io.BytesIO()
    np.savez(file, **{TREE: np.frombuffer(tree, np.uint8), **arrays})
    return file.getvalue()


def decode(content: bytes) -> Any:
    """What `encode` wrote. Raises BadEncoding for anything else."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            tree = json.loads(file[TREE].tobytes())
            return _value(tree, file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, EOFError, zipfile.BadZipFile) as error:
        raise BadEncoding(f"these bytes hold no value: {error}") from error


def name_of(content: bytes) -> str:
    """Of a call: the hash of its content."""
    return f"metac-{hashlib.sha256(content).hexdigest()}"


def encode_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """A call of a function of a module."""
    from metac import __version__

    place = f"{function.__module__}:{function.__qualname__}"
    return encode({"version": __version__, "function": place, "arguments": arguments})


def answer(content: bytes) -> bytes:
    """Make the call, and give `(True, value)` or `(False, what went wrong)`, encoded; runs where the work is done."""
    from metac import __version__

    try:
        call = decode(content)
        if call["version"] != __version__:
            return encode((False, f"this worker has metac {__version__}, the call is of metac {call['version']}"))
        return encode((True, _found(call["function"])(*call["arguments"])))
    except Exception:
        return encode((False, traceback.format_exc()))


def _plain(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """As JSON; arrays are put beside it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return {"bytes": _beside(np.frombuffer(value, np.uint8), arrays)}
    if isinstance(value, np.ndarray | np.generic):
        return {"array": _beside(np.asarray(value), arrays), "number": isinstance(value, np.generic)}
    if isinstance(value, list):
        return {"list": [_plain(each, arrays) for each in value]}
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("only dictionaries by text can be sent")
        return {"dictionary": {name: _plain(each, arrays) for name, each in value.items()}}
    kind = type(value)
    if kind is tuple:
        return {"tuple": [_plain(each, arrays) for each in value]}
    if kind.__module__.startswith(OURS) and not isinstance(value, type):
        parts = {name: _plain(getattr(value, name), arrays) for name in _fields_of(kind)}
        return {"record": f"{kind.__module__}:{kind.__qualname__}", "fields": parts}
    raise TypeError(f"a {kind.__name__} cannot be sent")


def _beside(array: NDArray[Any], arrays: dict[str, NDArray[Any]]) -> str:
    if array.dtype.hasobject:
        raise TypeError("an array of objects cannot be sent")
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _value(tree: Any, arrays: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "bytes" in tree:
        return arrays[tree["bytes"]].tobytes()
    if "array" in tree:
        return arrays[tree["array"]][()] if tree["number"] else arrays[tree["array"]]
    if "list" in tree:
        return [_value(each, arrays) for each in tree["list"]]
    if "tuple" in tree:
        return tuple(_value(each, arrays) for each in tree["tuple"])
    if "dictionary" in tree:
        return {name: _value(each, arrays) for name, each in tree["dictionary"].items()}
    if not tree["record"].startswith(OURS):
        raise ValueError(f"{tree['record']} is no record of metac")
    kind = _found(tree["record"])
    _fields_of(kind)
    return kind(**{name: _value(each, arrays) for name, each in tree["fields"].items()})


def _fields_of(kind: type) -> list[str]:
    """Of a dataclass or named tuple; raises TypeError for other classes."""
    if is_dataclass(kind):
        return [each.name for each in fields(kind) if each.init]
    names = getattr(kind, "_fields", None)
    if isinstance(kind, type) and issubclass(kind, tuple) and names is not None:
        return list(names)
    raise TypeError(f"a {kind.__name__} cannot be sent")


def _found(place: str) -> Any:
    """What `module:name` names."""
    module, _, name = place.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found
