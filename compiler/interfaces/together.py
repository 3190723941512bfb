"""What a definition may know of fields that do not go together, where its class is not made at `metac check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts

TogetherCheck = Callable[[Facts, Mapping[str, Any]], None]
"""Asked by `metac check`: `(object, made)`, the objects that could be made already by the field that they are given to.

It raises `FieldError` on one of the fields, or, with `of` the `Facts` of an object that it is given, on one of that one's.
A definition names it as `together = "module:function"`. It must not import JAX.
"""
