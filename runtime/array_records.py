"""Frozen dataclasses of arrays that pass through JAX's transformations."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import jax

_Record = TypeVar("_Record")


def array_record(cls: type[_Record]) -> type[_Record]:
    """Register a dataclass as a tree whose leaves are its fields, but for those with the metadata `static`.

    As `jax.tree_util.register_dataclass`, except that JAX puts records together without calling `__init__`: within
    transformations it fills trees with anything (shapes, axes, placeholders), and what `__init__` promises of its arguments,
    their shapes above all, holds for arrays only.
    """
    dynamic = tuple(each.name for each in fields(cls) if not each.metadata.get("static"))  # type: ignore[arg-type]
    static = tuple(each.name for each in fields(cls) if each.metadata.get("static"))  # type: ignore[arg-type]

    def flatten(record: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return tuple(getattr(record, name) for name in dynamic), tuple(getattr(record, name) for name in static)

    def flatten_with_keys(record: Any) -> tuple[tuple[tuple[Any, Any], ...], tuple[Any, ...]]:
        values, rest = flatten(record)
        return tuple((jax.tree_util.GetAttrKey(name), value) for name, value in zip(dynamic, values, strict=True)), rest

    def unflatten(rest: tuple[Any, ...], values: Any) -> Any:
        record = object.__new__(cls)
        for name, value in zip((*dynamic, *static), (*values, *rest), strict=True):
            object.__setattr__(record, name, value)
        return record

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)
    return cls
