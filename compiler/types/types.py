"""Types of values: immutable, compared by structure, with names for messages.

`fits.py` says what may stand where, `coercion.py` why a value does not fit, `wording.py` what types are called in sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from metac.compiler.types import dimensions
from metac.compiler.types.dimensions import Dimension


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
    """A condition on named quantities of one dimension, `loss < 1e-4`; in the graph a function of them."""

    names: tuple[str, ...]
    item: NumberType = NumberType()

    def __str__(self) -> str:
        dimension = () if self.item == NumberType() else (str(self.item),)
        return f"Condition[{', '.join((*self.names, *dimension))}]"


@dataclass(frozen=True)
class KindType:
    """An object of a kind, made by a definition; forms distinguish sorts of one kind (`Body[mesh]`).

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


def holds_objects(kind: Type) -> bool:
    """Whether it is a kind, or lists of one."""
    while isinstance(kind, ListType):
        kind = kind.item
    return isinstance(kind, KindType)
