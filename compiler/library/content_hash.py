"""What a definition says, as a hash."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass, replace

from metac.dsl import ast
from metac.dsl.tree import node_name

JUDGES_ONLY = ("keeps", "fills", "with_material", "together", "doubted", "over")
"""Members that only `metac check`, figures and tables read, and that change nothing of what is computed."""


def content_hash(node: object) -> str:
    """sha256 of a syntax tree without its places and documentation."""
    return hashlib.sha256(repr(_bare(node)).encode()).hexdigest()


def _bare(node: object) -> object:
    if is_dataclass(node):
        parts = [_bare(getattr(node, part.name)) for part in fields(node) if part.compare and part.name != "doc"]
        return (node_name(node), *parts)
    if isinstance(node, tuple):
        return tuple(_bare(part) for part in node)
    return node


def computed(block: ast.DefinitionSyntax) -> ast.DefinitionSyntax:
    """A definition without what only checks read: to state more there leaves plans and their runs as they are."""
    members = (each for each in block.members if not (isinstance(each, ast.Assignment) and each.name.text in JUDGES_ONLY))
    return replace(block, members=tuple(members))
