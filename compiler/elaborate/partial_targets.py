"""Targets some of whose components do not matter: `match stiffness(rve) to [[50 MPa, none, 0], …]`."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, cast

from metac.compiler.graph import Asked
from metac.dsl import ast
from metac.dsl.source import Span

Mask: TypeAlias = "bool | list[Mask]"
"""Which numbers of a value are asked for: nested as the value is."""


def partial_target(target: ast.Expression, shape: tuple[int, ...]) -> tuple[ast.Expression, Asked | None]:
    """A target with zeros where it says `none`, and which of its components are asked for; None where all are.

    Args:
        target: as it is written: a list of numbers, of equally long lists, or such a list times or over a number.
        shape: of what is measured.
    """
    filled, asked = _taken_apart(target, shape)
    # Where its rows are not alike, or not as many as are measured, that is reported.
    if asked is not None and _has_shape(asked, shape):
        return filled, cast(Asked, asked)
    return filled if asked else target, None


def asks_for_something(asked: Asked) -> bool:
    """Whether any component has a target."""
    return any(part if isinstance(part, bool) else any(part) for part in asked)


def _has_shape(asked: Mask, shape: tuple[int, ...]) -> bool:
    if isinstance(asked, bool):
        return not shape
    return bool(shape) and len(asked) == shape[0] and all(_has_shape(part, shape[1:]) for part in asked)


def _all(value: bool, shape: tuple[int, ...]) -> Mask:
    return [_all(value, shape[1:]) for _ in range(shape[0])] if shape else value


def _both(here: Mask, there: Mask) -> Mask:
    """What both ask for."""
    if isinstance(here, bool) or isinstance(there, bool):
        return here and there
    return [_both(*parts) for parts in zip(here, there, strict=False)]


def _taken_apart(node: ast.Expression, shape: tuple[int, ...]) -> tuple[ast.Expression, Mask | None]:
    """With zeros, and nested truth values: whether a component is asked for; None where nothing is `none`."""
    match node:
        case ast.SequenceSyntax(items=items) if shape:
            parts = [_component(item, shape[1:]) for item in items]
            if all(asked is None for _, asked in parts):
                return node, None
            masks = [_all(True, shape[1:]) if asked is None else asked for _, asked in parts]
            return replace(node, items=tuple(filled for filled, _ in parts)), masks
        case ast.Binary(operator="*" | "/" | "+" | "-", left=left, right=right):
            (left, here), (right, there) = _taken_apart(left, shape), _taken_apart(right, shape)
            if here is not None and there is not None:
                return replace(node, left=left, right=right), _both(here, there)
            return replace(node, left=left, right=right), there if here is None else here
        case ast.Unary(operator="-", operand=operand):
            operand, asked = _taken_apart(operand, shape)
            return replace(node, operand=operand), asked
    return node, None


def _component(node: ast.Expression, shape: tuple[int, ...]) -> tuple[ast.Expression, Mask | None]:
    """An item of a list: a number, a row, or `none` for either."""
    if isinstance(node, ast.Nothing):
        return _zeros(shape, node.span), _all(False, shape)
    return _taken_apart(node, shape)


def _zeros(shape: tuple[int, ...], span: Span) -> ast.Expression:
    if not shape:
        return ast.Number(0.0, True, span)
    return ast.SequenceSyntax(tuple(_zeros(shape[1:], span) for _ in range(shape[0])), span)
