"""Grammar rules to nodes of the syntax tree; the parser calls one method a rule, innermost first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metac.dsl.builders.expressions import ExpressionBuilder
from metac.dsl.builders.statements import StatementBuilder
from metac.dsl.builders.types import TypeBuilder

PARTS = (StatementBuilder, TypeBuilder, ExpressionBuilder)

# What a rule takes and gives is its own: only the methods themselves can say it.
RULES: Mapping[str, Callable[..., Any]] = {
    name: method for part in PARTS for name, method in vars(part).items() if not name.startswith("_")
}
"""By the name of a rule of grammar.lark, or of one of its alternatives: what makes the node."""
