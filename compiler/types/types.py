"""Types of values: immutable, compared by structure, with names for messages.

`fits` says what may stand where; the reasons in words are given where the values are known (`assign.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from metac.compiler.types import dimensions
from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.units import internal_unit


@dataclass(frozen=True)
class ErrorType:
    """The type of what is already reported: fits everything, so that one mistake gives one message."""

    def __str__(self) -> str:
        return "?"


@dataclass(frozen=True)
class NumberType:
    """A real number of a dimension. `integer`: known to be whole. `any_dimension`: a literal zero or `inf`."""

    dimension: Dimension = dimensions.SCALAR
    integer: bool = False
    any_dimension: bool = False

    def __str__(self) -> str:
        if self.integer and self.dimension.dimensionless:
            return "Int"
        return self.dimension.written


@dataclass(frozen=True)
class BooleanType:
    """`true` or `false`."""

    def __str__(self) -> str:
        return "Bool"


@dataclass(frozen=True)
class TextType:
    """A text."""

    def __str__(self) -> str:
        return "Text"


@dataclass(frozen=True)
class NothingType:
    """The type of `none`."""

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True)
class ListType:
    """A list; `length` where it is known."""

    item: Type
    length: int | None = None

    def __str__(self) -> str:
        return "[]" if self == EMPTY_LIST else f"[{self.item}]"


@dataclass(frozen=True)
class TensorType:
    """A vector or matrix of numbers of one dimension."""

    shape: tuple[int, ...]
    dimension: Dimension = dimensions.SCALAR

    def __str__(self) -> str:
        size = ", ".join(str(extent) for extent in self.shape)
        if self.dimension.dimensionless:
            return f"Tensor[{size}]"
        return f"Tensor[{size}] of {self.dimension.written}"


@dataclass(frozen=True)
class GridType:
    """A field of numbers on a regular grid, `[row, column]` with row 0 at the top; its size is known with its values."""

    dimension: Dimension = dimensions.SCALAR

    def __str__(self) -> str:
        return "Grid" if self.dimension.dimensionless else f"Grid of {self.dimension.written}"


@dataclass(frozen=True)
class RangeType:
    """`a .. b [by s]` of numbers."""

    item: Type

    def __str__(self) -> str:
        return f"Range[{self.item}]"


@dataclass(frozen=True)
class ChoiceType:
    """One of a few bare names."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"Choice[{', '.join(self.names)}]"


@dataclass(frozen=True)
class CurveType:
    """A measure over the increments of a load."""

    abscissa: Dimension
    ordinate: Dimension

    def __str__(self) -> str:
        return f"Curve[{NumberType(self.abscissa)}, {NumberType(self.ordinate)}]"


@dataclass(frozen=True)
class FunctionType:
    """A function; its `result` is ErrorType where nothing is asked of it."""

    parameters: tuple[Type, ...]
    result: Type

    def __str__(self) -> str:
        return f"Function[{', '.join(str(part) for part in (*self.parameters, self.result))}]"


@dataclass(frozen=True)
class ConditionType:
    """A condition on named numbers, `loss < 1e-4`; in the graph a function of them."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"Condition[{', '.join(self.names)}]"


@dataclass(frozen=True)
class KindType:
    """An object of a kind, made by a definition; forms tell sorts of one kind apart (`Body[mesh]`).

    A field that lists several (`Body[mesh, periodic]`) takes each of them; none: whatever the kind has.
    """

    kind: str
    forms: tuple[str, ...] = ()
    value: Type | None = field(default=None, compare=False)
    """What the object stands for in an expression (`gives` of its definition), where it can be calculated with."""

    @property
    def form(self) -> str | None:
        """The first form, None where there is none."""
        return self.forms[0] if self.forms else None

    def __str__(self) -> str:
        name = type_name_of_kind(self.kind)
        return f"{name}[{', '.join(self.forms)}]" if self.forms else name


Type = (
    ErrorType
    | NumberType
    | BooleanType
    | TextType
    | NothingType
    | ListType
    | TensorType
    | GridType
    | RangeType
    | ChoiceType
    | CurveType
    | FunctionType
    | ConditionType
    | KindType
)

ERROR = ErrorType()
SCALAR = NumberType()
INTEGER = NumberType(integer=True)
ZERO = NumberType(integer=True, any_dimension=True)
BOOLEAN = BooleanType()
TEXT = TextType()
NOTHING = NothingType()
EMPTY_LIST = ListType(NOTHING, 0)
"""The type of `[]` where nothing says what would be in it; fits every list that may be empty."""


def type_name_of_kind(kind: str) -> str:
    """`optimiser` → `Optimiser`, `unit_cell` → `UnitCell`."""
    return "".join(part.capitalize() for part in kind.split("_"))


def kind_of_type_name(name: str) -> str:
    """`Optimiser` → `optimiser`, `UnitCell` → `unit_cell`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def is_error(kind: Type) -> bool:
    """Whether the type, or a part of it, is already reported."""
    match kind:
        case ErrorType():
            return True
        case ListType(item=item) | RangeType(item=item):
            return is_error(item)
    return False


def as_tensor(kind: Type) -> TensorType | None:
    """A list of numbers, or of equally long lists of numbers, as a tensor; None for everything else."""
    match kind:
        case TensorType():
            return kind
        case ListType(item=NumberType() as number, length=int(length)):
            return TensorType((length,), number.dimension)
        case ListType(item=ListType() as row, length=int(length)):
            inner = as_tensor(row)
            return None if inner is None else TensorType((length, *inner.shape), inner.dimension)
    return None


def as_value(kind: Type) -> Type:
    """The type that something has in an expression: an object that can be calculated with is what it gives."""
    return kind.value if isinstance(kind, KindType) and kind.value is not None else kind


def bounded(kind: Type) -> Type:
    """What a range of values of a type bounds: their numbers, whole or not (`1 .. inf` bounds whole ones)."""
    while isinstance(kind, ListType):
        kind = kind.item
    return NumberType(kind.dimension) if isinstance(kind, NumberType | GridType) else kind


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


def holds_objects(kind: Type) -> bool:
    """Whether it is a kind, or lists of one."""
    while isinstance(kind, ListType):
        kind = kind.item
    return isinstance(kind, KindType)
