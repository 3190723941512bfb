"""Trees of dataclasses as indented text, for people who want to see what the compiler makes of a spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

INDENT = "  "


def dump(value: Any) -> str:
    """One line a node; places in the text are left out, types stand behind a colon."""
    return "\n".join(_lines(value, "", ""))


def _lines(value: Any, label: str, indent: str) -> Iterator[str]:
    head = f"{indent}{label} = " if label else indent
    deeper = indent + INDENT
    if isinstance(value, Mapping):
        if not value:
            return
        yield f"{indent}{label}:" if label else f"{indent}{{}}"
        for key, item in value.items():
            yield from _lines(item, str(key), deeper)
    elif isinstance(value, (list, tuple)):
        if not value:
            return
        yield f"{indent}{label}:" if label else f"{indent}[]"
        for item in value:
            yield from _lines(item, "", deeper)
    elif is_dataclass(value) and not isinstance(value, type):
        simple, complex_parts = [], []
        for part in fields(value):
            item = getattr(value, part.name)
            if part.name == "span" or part.name.endswith("_span") or part.name.endswith("_spans"):
                continue
            if part.name in ("type", "definition"):
                simple.append(f"{part.name} {getattr(item, 'name', item)}")
            elif _is_plain(item):
                if item not in (None, ""):
                    simple.append(f"{part.name} {item!r}")
            else:
                complex_parts.append((part.name, item))
        yield f"{head}{type(value).__name__}" + (f" ({', '.join(simple)})" if simple else "")
        for name, item in complex_parts:
            yield from _lines(item, name, deeper)
    else:
        yield f"{head}{value!r}"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))
