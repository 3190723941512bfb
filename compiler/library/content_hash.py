"""What a definition says, as a hash."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass


def content_hash(node: object) -> str:
    """sha256 of a syntax tree without its places and documentation."""
    return hashlib.sha256(repr(_bare(node)).encode()).hexdigest()


def _bare(node: object) -> object:
    if is_dataclass(node):
        parts = [_bare(getattr(node, part.name)) for part in fields(node) if part.compare and part.name != "doc"]
        return (type(node).__name__, *parts)
    if isinstance(node, tuple):
        return tuple(_bare(part) for part in node)
    return node
