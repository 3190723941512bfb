"""Which types may stand where another is asked for."""

from __future__ import annotations

from metac.compiler.types.types import (
    EMPTY_LIST,
    ChoiceType,
    ErrorType,
    FunctionType,
    GridType,
    KindType,
    ListType,
    NumberType,
    RangeType,
    TensorType,
    Type,
    as_tensor,
    as_value,
)


def fits(found: Type, expected: Type) -> bool:
    """Whether a value of type `found` may stand where `expected` is asked for."""
    if isinstance(expected, GridType):
        return _fits_grid(as_value(found), expected)
    match found, expected:
        case (ErrorType(), _) | (_, ErrorType()):
            return True
        case NumberType(), NumberType():
            if expected.integer and not found.integer:
                return False
            return found.any_dimension or found.dimension == expected.dimension
        case ListType(), ListType():
            if found == EMPTY_LIST:
                return expected.length in (None, 0)
            return fits(found.item, expected.item) and expected.length in (None, found.length)
        case ((ListType() | TensorType()), TensorType()):
            tensor = as_tensor(found)
            if tensor is None or tensor.shape != expected.shape:
                return False
            return fits(_entries(found), NumberType(expected.dimension))
        case TensorType(), ListType():
            row: Type = NumberType(found.dimension)
            if len(found.shape) > 1:
                row = TensorType(found.shape[1:], found.dimension)
            return fits(row, expected.item) and (expected.length is None or found.shape[:1] == (expected.length,))
        case RangeType(), RangeType():
            return fits(found.item, expected.item)
        case ChoiceType(), ChoiceType():
            return set(found.names) <= set(expected.names)
        case FunctionType(), FunctionType():
            return len(found.parameters) == len(expected.parameters) and fits(found.result, expected.result)
        case KindType(), KindType():
            within = bool(found.forms) and set(found.forms) <= set(expected.forms)
            return found.kind == expected.kind and (within or not expected.forms)
    return found == expected


def _fits_grid(found: Type, expected: GridType) -> bool:
    if isinstance(found, ErrorType | GridType):
        return isinstance(found, ErrorType) or found.dimension == expected.dimension
    tensor, rows_and_columns = as_tensor(found), 2
    if tensor is None or len(tensor.shape) != rows_and_columns or 0 in tensor.shape:
        return False
    return fits(_entries(found), NumberType(expected.dimension))


def _entries(kind: Type) -> Type:
    """The type of the numbers in a nested list or tensor."""
    while isinstance(kind, ListType):
        kind = kind.item
    return NumberType(kind.dimension) if isinstance(kind, TensorType) else kind
