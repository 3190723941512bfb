"""Types in the words of messages: what a value is called in a sentence, and the unit of its numbers."""

from __future__ import annotations

from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.types import (
    EMPTY_LIST,
    BooleanType,
    ChoiceType,
    ConditionType,
    CurveType,
    ErrorType,
    FunctionType,
    GridType,
    KindType,
    ListType,
    NothingType,
    NumberType,
    RangeType,
    TensorType,
    TextType,
    Type,
)
from metac.compiler.types.units import internal_unit


def describe(kind: Type) -> str:
    """As it stands in a sentence: `a pressure`, `a list of whole numbers`, `a body`."""
    match kind:
        case NumberType(integer=True) if kind.dimension.dimensionless:
            return "a whole number"
        case NumberType():
            return kind.dimension.words
        case BooleanType():
            return "true or false"
        case TextType():
            return "a text"
        case NothingType():
            return "none"
        case ListType():
            return "an empty list" if kind == EMPTY_LIST else f"a list `{kind}`"
        case GridType():
            return "a grid of numbers" + _of(kind.dimension)
        case TensorType(shape=(length,)):
            return f"a vector of {length} numbers" + _of(kind.dimension)
        case TensorType():
            return f"a {'×'.join(str(extent) for extent in kind.shape)} tensor" + _of(kind.dimension)
        case RangeType(item=item):
            return f"a range `a .. b` of {item}"
        case ChoiceType():
            return f"one of {', '.join(f'`{name}`' for name in kind.names)}"
        case CurveType():
            return f"a curve `{kind}`"
        case FunctionType(result=ErrorType()):
            return "a function"
        case FunctionType():
            return f"a function `{kind}`"
        case ConditionType():
            return f"a condition on {' and '.join(f'`{name}`' for name in kind.names)}"
        case KindType(forms=()):
            return _article(kind.kind)
        case KindType():
            *most, last = (f"`{form}`" for form in kind.forms)
            return f"a {', '.join(most)}{' or ' if most else ''}{last} {kind.kind.replace('_', ' ')}"
    return "something"


def _of(dimension: Dimension) -> str:
    return "" if dimension.dimensionless else f" in {dimension.formula}"


def _article(noun: str) -> str:
    noun = noun.replace("_", " ")
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def unit_of(kind: Type) -> str:
    """The text of the internal unit of numbers, curves (their ordinate) and tensors; empty for bare numbers and others."""
    match kind:
        case CurveType(ordinate=dimension) | NumberType(dimension=dimension) | TensorType(dimension=dimension):
            return internal_unit(dimension)
    return ""
