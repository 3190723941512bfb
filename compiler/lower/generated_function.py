"""Functions over numpy or `jax.numpy` arrays that were written by the compiler: compiled from a syntax tree, kept as text.

A text from outside, a cache say, is taken only where it is nothing but arithmetic: assignments of names, numbers, operators
and calls of a few array functions. It can then compute something wrong, but do nothing else.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from metac.compiler.operators.entry import Namespace, Value
from metac.compiler.operators.table import ARRAY_FUNCTIONS

_ARITHMETIC = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.expr_context,
    ast.Name,
    ast.Tuple,
    ast.Call,
    ast.Attribute,
    ast.Constant,
)


@dataclass(frozen=True, eq=False)
class GeneratedFunction:
    """A pure function, called as `function(xp, values)` with `xp` numpy or `jax.numpy` and one value per argument."""

    name: str
    source: str = field(repr=False)
    """Python source, to be read by people."""
    function: Callable[[Value, Sequence[Value]], tuple[Value, ...]] = field(repr=False)

    def __call__(self, xp: Namespace, values: Sequence[Value]) -> tuple[Value, ...]:
        """The outputs in order; those that do not depend on the arguments are plain numbers."""
        return self.function(xp, values)


def function_of(definition: ast.FunctionDef) -> GeneratedFunction:
    """The function that a definition makes; nothing but its arguments can be seen from inside."""
    tree = ast.fix_missing_locations(ast.Module([definition], []))
    namespace: dict[str, Value] = {"__builtins__": {}}
    exec(compile(tree, f"<generated {definition.name}>", "exec"), namespace)
    return GeneratedFunction(definition.name, ast.unparse(tree), namespace[definition.name])


def function_from(source: str) -> GeneratedFunction:
    """The function whose `source` this is. Raises ValueError where the text is not what a generated function looks like."""
    try:
        statements = ast.parse(source).body
        definition = statements[0] if len(statements) == 1 else None
        if not isinstance(definition, ast.FunctionDef) or not _is_plain(definition):
            raise ValueError("not a generated function")
        return function_of(definition)
    except (SyntaxError, RecursionError, MemoryError) as problem:
        raise ValueError(f"not a generated function: {problem}") from None


def _is_plain(definition: ast.FunctionDef) -> bool:
    arguments = definition.args
    others = (
        arguments.posonlyargs,
        arguments.kwonlyargs,
        arguments.defaults,
        arguments.kw_defaults,
        arguments.vararg,
        arguments.kwarg,
        definition.decorator_list,
        definition.returns,
        getattr(definition, "type_params", None),
    )
    if any(others) or [each.arg for each in arguments.args] != ["xp", "values"]:
        return False
    *steps, last = definition.body
    if steps and isinstance(steps[0], ast.Expr) and isinstance(steps[0].value, ast.Constant):
        steps = steps[1:]  # the documentation
    return (
        all(isinstance(step, ast.Assign) and _is_arithmetic(step.value) and _are_names(step.targets) for step in steps)
        and isinstance(last, ast.Return)
        and isinstance(last.value, ast.Tuple)
        and _is_arithmetic(last.value)
    )


def _are_names(targets: Sequence[ast.expr]) -> bool:
    (target,) = targets if len(targets) == 1 else (None,)
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(name, ast.Name) and name.id != "xp" for name in names)


def _is_arithmetic(expression: ast.expr) -> bool:
    for node in ast.walk(expression):
        if not isinstance(node, _ARITHMETIC):
            return False
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float):
            return False
        if isinstance(node, ast.Attribute):
            of_arrays = isinstance(node.value, ast.Name) and node.value.id == "xp"
            if not of_arrays or node.attr not in {*ARRAY_FUNCTIONS, "nan"}:
                return False
        if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Attribute) or node.keywords):
            return False
    return True


def number(value: int | float) -> ast.expr:
    """A number as an expression; one that is not is `xp.nan`."""
    if math.isnan(value):
        return ast.Attribute(ast.Name("xp", ast.Load()), "nan", ast.Load())
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)
