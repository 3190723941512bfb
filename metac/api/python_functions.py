"""Functions of Python programs as functions of the language: traced by JAX, and written down operation by operation.

What is written down is part of the plan's hash and of the run folder like any other value, so that a run can be resumed
without the program that gave the function.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from metac.compiler.elaborate.python_functions import PythonFunction

MOST_OPERATIONS = 250
"""Of a function that is written down: what the language reads as one value."""


class NotWritable(Exception):
    """A function cannot be written in the language; the text says why, `way_out` what can be done."""

    def __init__(self, why: str, way_out: str) -> None:
        self.way_out = way_out
        super().__init__(why)


_CALLS = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt", "exp", "log", "abs", "sign", "floor", "ceil", "max", "min")
_ARCS = ("asin", "acos", "atan", "atan2")
"""They give an angle."""
_SAME = ("copy", "convert_element_type", "reshape", "squeeze", "broadcast_in_dim", "stop_gradient")
"""Primitives that leave a single number what it is."""
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
"""Where primitives that call a function keep it."""
_SIGNS = {"add": "+", "add_any": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^"}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "and", "or": "or"}
_OPERATIONS: Mapping[str, Callable[..., str]] = {
    **{name: (lambda a, b, sign=sign: f"{a} {sign} {b}") for name, sign in {**_SIGNS, **_COMPARISONS}.items()},
    **{name: (lambda *parts, name=name: f"{name}({', '.join(parts)})") for name in _CALLS},
    **{name: (lambda *parts, name=name: f"{name}({', '.join(parts)}) / (1 rad)") for name in _ARCS},
    "neg": lambda a: f"-{a}",
    "not": lambda a: f"not {a}",
    "square": lambda a: f"{a} ^ 2",
    "rsqrt": lambda a: f"1 / sqrt({a})",
    "exp2": lambda a: f"2 ^ {a}",
    "expm1": lambda a: f"2 * exp({a} / 2) * sinh({a} / 2)",
    "log1p": lambda a: f"log(1 + {a})",
    "logistic": lambda a: f"(1 + tanh({a} / 2)) / 2",
    "clamp": lambda low, a, high: f"clamp({a}, {low}, {high})",
    "select_n": lambda condition, otherwise, then: f"if {condition} then {then} else {otherwise}",
}
"""By the name of JAX's primitive, for operands that are names or literals in brackets."""


def written(function: Callable[..., Any]) -> PythonFunction:
    """A Python function of numbers, in internal units, as text of the language.

    Args:
        function: traced once with float64 numbers, one for each parameter that has no default; gives one number.

    Raises:
        NotWritable: if JAX cannot trace it, if it does not give a number, or if it does what the language cannot say.
    """
    import jax

    names = [f"x{place}" for place in range(1, _arity(function) + 1)]
    writer = _JaxprWriter()
    with jax.enable_x64(True):
        try:
            traced = jax.make_jaxpr(function)(*[jax.ShapeDtypeStruct((), "float64")] * len(names))
        except Exception as error:  # whatever the function of somebody else raises when it is traced
            raise NotWritable(
                f"JAX cannot trace it: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
                "calculate with jax.numpy, and write jax.numpy.where for a choice",
            ) from error
        if len(traced.out_avals) != 1 or traced.out_avals[0].shape != ():
            raise NotWritable("it does not give one number", "return a single number, not a list or an array")
        (result,) = writer.follow(traced.jaxpr, traced.consts, names)
    lets = [f"let {name} = {text}" for name, text in writer.lines]
    return PythonFunction(f"({', '.join(names)}) -> {{ {', '.join([*lets, _operand(result)])} }}")


def _arity(function: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise NotWritable("its parameters cannot be counted", "wrap it: `lambda x: function(x)`") from error
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(each.kind in kinds and each.default is inspect.Parameter.empty for each in parameters)
    if not count:
        raise NotWritable("it has no parameter without a default", "write a function of one number or of several")
    return count


def _operand(value: Any) -> str:
    """A name as it is; a number in brackets where it has a sign."""
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool):
        return "true" if number else "false"
    if math.isnan(number):
        raise NotWritable("it makes NaN, which the language does not have", "leave out what only guards against NaN")
    text = "inf" if math.isinf(number) else repr(abs(number))
    return f"(-{text})" if number < 0 else text


class _JaxprWriter:
    """Goes through what JAX has traced; a value is a number of NumPy's, where it is known, or the name of a `let`."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def follow(self, jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        """The results of a jaxpr for the values of its constants and arguments."""
        values: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))

        def value(atom: Any) -> Any:
            return atom.val if hasattr(atom, "val") else values[atom]

        for equation in jaxpr.eqns:
            given = [value(atom) for atom in equation.invars]
            for variable, made in zip(equation.outvars, self._results(equation, given), strict=True):
                values[variable] = made
        return [value(atom) for atom in jaxpr.outvars]

    def _results(self, equation: Any, given: list[Any]) -> Iterable[Any]:
        primitive, settings = equation.primitive, equation.params
        known = not any(isinstance(each, str) for each in given)
        inner = next((settings[name] for name in _INNER if name in settings), None)
        if inner is not None and primitive.name != "scan":
            return self.follow(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), given)
        if known:
            made = primitive.bind(*given, **settings)
            return made if primitive.multiple_results else [made]
        if primitive.name == "scan":
            return self._scan(settings, given)
        return [self._number(equation, given)]

    def _scan(self, settings: Mapping[str, Any], given: list[Any]) -> list[Any]:
        """A loop of known length whose steps give single numbers, as that of `jax.numpy.polyval`: step by step."""
        inner, fixed = settings["jaxpr"], settings["num_consts"]
        carried = given[fixed : fixed + settings["num_carry"]]
        items = given[fixed + len(carried) :]
        if any(isinstance(each, str) for each in items) or len(inner.out_avals) != len(carried):
            raise _unknown("scan")
        order = range(settings["length"])
        for place in reversed(order) if settings["reverse"] else order:
            step = [*given[:fixed], *carried, *(each[place] for each in items)]
            carried = self.follow(inner.jaxpr, inner.consts, step)
        return carried

    def _number(self, equation: Any, given: list[Any]) -> str:
        name, settings, (out,) = equation.primitive.name, equation.params, equation.outvars
        shapes = {getattr(each, "shape", ()) for each in given if not isinstance(each, str)}
        if out.aval.shape != () or shapes - {()}:
            raise NotWritable(f"it works with arrays (`{name}`)", "calculate with single numbers, or give points as a curve")
        if name in _SAME:
            return self._converted(equation, given[0])
        operands = [_operand(each) for each in given]
        if name == "integer_pow":
            return self._line(f"{operands[0]} ^ ({settings['y']})")
        if name == "round":
            return self._line(f"round({operands[0]})")
        if name not in _OPERATIONS:
            raise _unknown(name)
        return self._line(_OPERATIONS[name](*operands))

    def _converted(self, equation: Any, given: str) -> str:
        """A truth value that becomes a number is 1 or 0; a fraction that becomes a whole number is not written."""
        before, after = equation.invars[0].aval.dtype.kind, equation.outvars[0].aval.dtype.kind
        if before == "b" and after != "b":
            return self._line(f"if {given} then 1.0 else 0.0")
        if before == "f" and after != "f":
            raise NotWritable("it makes a whole number of a fraction", "use jax.numpy.floor, ceil or round")
        return given

    def _line(self, text: str) -> str:
        if len(self.lines) == MOST_OPERATIONS:
            why = f"it takes more than {MOST_OPERATIONS} operations"
            raise NotWritable(why, "give its points as a curve")
        name = f"v{len(self.lines) + 1}"
        self.lines.append((name, text))
        return name


def _unknown(name: str) -> NotWritable:
    return NotWritable(f"the language has no `{name}`", "use elementary functions, or give its points as a curve")
