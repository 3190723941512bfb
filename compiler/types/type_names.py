"""From the text of a type to the type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.types import types
from metac.compiler.types.dimensions import LARGEST_POWER, NAMED, Dimension
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix
from metac.dsl.diagnostics.suggest import suggest

_PLAIN: dict[str, Type] = {"Int": types.INTEGER, "Bool": types.BOOLEAN, "Text": types.TEXT, "Grid": types.GridType()}
_WITH_ARGUMENTS = {
    "Range": "Range[Length]",
    "Choice": "Choice[plane_stress, plane_strain]",
    "Tensor": "Tensor[3, 3, Pressure]",
    "Curve": "Curve[Scalar, Pressure]",
    "Function": "Function[Scalar, Pressure]",
    "Condition": "Condition[loss, step]",
}


class TypeReader:
    """Resolves type expressions; `has_kind` says whether a kind of that name exists."""

    def __init__(
        self, has_kind: Callable[[str], bool], kinds: Callable[[], Iterable[str]], findings: DiagnosticsSink
    ) -> None:
        self._has_kind, self._kinds, self._findings = has_kind, kinds, findings

    def read(self, expression: ast.TypeExpression) -> Type:
        """The type meant; ErrorType, and a finding, where there is none."""
        if isinstance(expression, ast.ListTypeSyntax):
            return types.ListType(self.read(expression.item))
        if isinstance(expression, ast.TypeProduct):
            left, right = (self._dimension(each) for each in (expression.left, expression.right))
            if left is None or right is None:
                return types.ERROR
            return types.NumberType(left * right if expression.operator == "*" else left / right)
        if isinstance(expression, ast.TypePower):
            return self._power(expression)
        name = expression.name.text
        if name in _WITH_ARGUMENTS:
            return self._with_arguments(name, expression)
        found: Type | None = _PLAIN.get(name)
        if found is None and name in NAMED:
            found = types.NumberType(NAMED[name])
        if found is not None:
            return found if not expression.arguments else self._bad_arguments(expression, name)
        kind = types.kind_of_type_name(name)
        if types.type_name_of_kind(kind) == name and self._has_kind(kind):
            return self._of_kind(kind, expression)
        return self._unknown(expression)

    def _power(self, expression: ast.TypePower) -> Type:
        dimension = self._dimension(expression.base)
        exponent = Fraction(expression.exponent.value)
        if abs(exponent) > LARGEST_POWER or exponent.denominator > LARGEST_POWER:
            self._findings.error(
                "M0220",
                f"a dimension to the power `{expression.exponent.span.text}` means nothing here",
                expression.exponent.span,
                help=f"powers are whole, or halves such as 0.5, and not beyond {LARGEST_POWER}",
            )
            return types.ERROR
        return types.ERROR if dimension is None else types.NumberType(dimension**exponent)

    def _dimension(self, expression: ast.TypeExpression) -> Dimension | None:
        """The dimension of a part of a compound type; None, and a finding, where it has none."""
        found = self.read(expression)
        if isinstance(found, types.NumberType):
            return found.dimension
        if not types.is_error(found):
            self._findings.error(
                "M0220",
                f"only dimensions are multiplied, found {describe(found)}",
                expression.span,
                help="write a compound type of dimensions, `Force/Length`; of a list, within the brackets: `[Force/Length]`",
            )
        return None

    def _of_kind(self, kind: str, expression: ast.TypeName) -> Type:
        forms = _names(expression.arguments)
        if forms is None:
            return self._bad_arguments(expression, f"{expression.name.text}[mesh]")
        return types.KindType(kind, forms)

    def _with_arguments(self, name: str, expression: ast.TypeName) -> Type:
        arguments = expression.arguments
        if name in ("Choice", "Condition"):
            names = _names(arguments)
            if not names:
                return self._bad_arguments(expression, _WITH_ARGUMENTS[name])
            return types.ChoiceType(names) if name == "Choice" else _condition(names)
        if name == "Tensor":
            return self._tensor(expression)
        parts = [part for part in arguments if not isinstance(part, ast.Number)]
        if len(parts) != len(arguments) or len(parts) < (1 if name == "Range" else 2):
            return self._bad_arguments(expression, _WITH_ARGUMENTS[name])
        inner = [self.read(part) for part in parts]
        if any(types.is_error(part) for part in inner):
            return types.ERROR
        if name == "Function":
            return types.FunctionType(tuple(inner[:-1]), inner[-1])
        numbers = [part for part in inner if isinstance(part, types.NumberType)]
        if len(numbers) != len(inner) or len(inner) != (1 if name == "Range" else 2):
            return self._bad_arguments(expression, _WITH_ARGUMENTS[name])
        if name == "Range":
            return types.RangeType(numbers[0])
        return types.CurveType(numbers[0].dimension, numbers[1].dimension)

    def _tensor(self, expression: ast.TypeName) -> Type:
        """`Tensor[3, 3]`, its sizes, or `Tensor[3, 3, Pressure]`, sizes and the dimension of its components."""
        sizes, item = list(expression.arguments), types.SCALAR
        last = sizes[-1] if sizes else None
        if last is not None and not isinstance(last, ast.Number):
            found = self.read(last)
            sizes.pop()
            if types.is_error(found):
                return types.ERROR
            if not isinstance(found, types.NumberType):
                return self._bad_arguments(expression, _WITH_ARGUMENTS["Tensor"])
            item = found
        whole = [int(part.value) for part in sizes if isinstance(part, ast.Number) and part.is_integer]
        if len(whole) != len(sizes) or not whole or min(whole) < 1:
            return self._bad_arguments(expression, _WITH_ARGUMENTS["Tensor"])
        return types.TensorType(tuple(whole), item.dimension)

    def _bad_arguments(self, expression: ast.TypeName, example: str) -> Type:
        self._findings.error(
            "M0220",
            f"the type `{expression.name.text}` is not written like this",
            expression.span,
            help=f"write it as in `{example}`",
        )
        return types.ERROR

    def _unknown(self, expression: ast.TypeName) -> Type:
        name = expression.name.text
        known = [*_PLAIN, *NAMED, *_WITH_ARGUMENTS, *(types.type_name_of_kind(kind) for kind in self._kinds())]
        meant = suggest(name, known)
        self._findings.error(
            "M0210",
            f"there is no type `{name}`",
            expression.name.span,
            "unknown type",
            help=f"did you mean `{meant}`?"
            if meant
            else "types are dimensions (`Length`), `Int`, `Bool`, `Text` and kinds (`Body`)",
            fix=Fix(expression.name.span, meant) if meant else None,
        )
        return types.ERROR


def _condition(names: tuple[str, ...]) -> types.ConditionType:
    """`Condition[loss, step]`, of numbers, or `Condition[low, high, Pressure]`, of quantities of a dimension."""
    *quantities, last = names
    if quantities and last in NAMED:
        return types.ConditionType(tuple(quantities), types.NumberType(NAMED[last]))
    return types.ConditionType(names)


def _names(arguments: tuple[ast.TypeExpression | ast.Number, ...]) -> tuple[str, ...] | None:
    """Bare names among square brackets; None where something else stands there."""
    bare = [part.name.text for part in arguments if isinstance(part, ast.TypeName) and not part.arguments]
    return tuple(bare) if len(bare) == len(arguments) else None
