"""Types of operators and built-in functions applied to arguments.

Rules look at types only, but for exponents, whose value decides the dimension of a power. Everything that is defined for
numbers holds pointwise for curves over the same abscissa, and pixel by pixel for grids.
"""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.operators.entry import Operator
from metac.compiler.operators.rules import Arguments, OperandError
from metac.compiler.operators.table import OPERATORS
from metac.compiler.types import types
from metac.compiler.types.types import CurveType, GridType, NumberType, Type
from metac.compiler.types.wording import describe

_FIELDS = (CurveType, GridType)


def result_type(name: str, arguments: Arguments) -> Type:
    """The type of an operator or function applied to arguments.

    Raises `OperandError` where the types do not fit.
    """
    fields = False
    for argument in arguments:  # a plain loop: a spec may hold ten thousands of these
        if types.is_error(argument.type):
            return types.ERROR
        fields = fields or isinstance(argument.type, _FIELDS)
    operator = OPERATORS[name]
    assert operator.rule is not None, f"`{name}` is typed where it is written"
    if not operator.pointwise or not fields:
        return operator.rule(name, arguments)
    if len(arguments) == 1 and ("curve" if isinstance(arguments[0].type, CurveType) else "grid") in operator.reduces:
        return _at_a_point(arguments[0].type)
    return _pointwise(name, operator, arguments)


def _at_a_point(field: Type) -> NumberType:
    assert isinstance(field, CurveType | GridType)
    return NumberType(field.ordinate if isinstance(field, CurveType) else field.dimension)


def _pointwise(name: str, operator: Operator, arguments: Arguments) -> Type:
    curves = [argument.type for argument in arguments if isinstance(argument.type, CurveType)]
    on_grid = any(isinstance(argument.type, GridType) for argument in arguments)
    if curves and on_grid:
        raise OperandError("M0403", f"`{name}` cannot take a curve and a grid together")
    if any(curve.abscissa != curves[0].abscissa for curve in curves):
        raise OperandError(
            "M0404", "these curves run over different quantities", notes=tuple(describe(curve) for curve in curves)
        )
    points = [
        graph.Constant(None, _at_a_point(argument.type), argument.span)
        if isinstance(argument.type, CurveType | GridType)
        else argument
        for argument in arguments
    ]
    assert operator.rule is not None
    result = operator.rule(name, points)
    if not isinstance(result, NumberType):
        help = None if on_grid else "take its value at a point, `curve(5 %)`"
        raise OperandError("M0403", f"`{name}` cannot be used on a {'grid' if on_grid else 'curve'}", help=help)
    return GridType(result.dimension) if on_grid else CurveType(curves[0].abscissa, result.dimension)


def operator_for(name: str, result: Type) -> str:
    """The operator of the graph: products of grids are pixel by pixel, `times`, where those of matrices are not."""
    return "times" if name == "*" and isinstance(result, GridType) else name
