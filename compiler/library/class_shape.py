"""The shape of a class: its methods, attributes and constructor, read from its source or from the class itself.

`metac check` reads the source, so that no code of a plug-in runs before it is needed, and nothing heavy is imported.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property as live_cached_property
from inspect import Parameter, Signature
from pathlib import Path

_PROPERTIES = {"property", "cached_property", "setter", "deleter"}
_HARMLESS = {"dataclass", "final", "runtime_checkable", "register_dataclass"}
"""Decorators of classes that leave methods and attributes as they are written."""


@dataclass(frozen=True)
class ClassShape:
    """What can be known of a class without making an object."""

    name: str
    place: str
    """Where it stands, for messages: `wave.py, line 12`."""
    methods: Mapping[str, Signature]
    """Without `self` or `cls`."""
    attributes: frozenset[str]
    """Properties, class attributes and, from source, what methods assign to `self`."""
    constructor: Signature | None
    """None where it is not known."""
    methods_known: bool
    """Whether there can be no further methods: every base class was seen."""
    attributes_known: bool
    """Whether there can be no further attributes."""


class Unreadable(Exception):
    """A source that is no Python, with the place in the message."""


def shape_in_file(path: Path, name: str) -> ClassShape | None:
    """The shape of a class that stands at the top level of a file; None where it is made in another way than by `class`.

    Raises OSError where there is no such file, Unreadable where it is no Python, KeyError where it has nothing of that name.
    """
    try:
        module = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as problem:
        line = f", line {problem.lineno}" if isinstance(problem, SyntaxError) and problem.lineno else ""
        text = problem.msg if isinstance(problem, SyntaxError) else str(problem)
        raise Unreadable(f"{path.name}{line}: {text}") from None
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    if name not in classes:
        if name in set(_names(module.body)) or _imports_all(module):
            return None
        raise KeyError(name)
    return _Source(classes, path).shape(classes[name])


def shape_of(target: type) -> ClassShape:
    """The shape of a class that is loaded."""
    methods, attributes = {}, set(getattr(target, "__annotations__", {}))
    for name in dir(target):
        value = inspect.getattr_static(target, name)
        if isinstance(value, property | live_cached_property) or not callable(getattr(target, name, None)):
            attributes.add(name)
        elif not (name.startswith("__") and name != "__call__"):
            try:
                signature = inspect.signature(getattr(target, name))
            except (TypeError, ValueError):
                continue
            bound = isinstance(value, staticmethod | classmethod)
            methods[name] = signature if bound else _without_self(signature)
    try:
        constructor = inspect.signature(target)
    except (TypeError, ValueError):
        constructor = None
    dynamic = any("__getattr__" in vars(base) for base in target.__mro__)
    return ClassShape(
        target.__name__, _place_of(target), methods, frozenset(attributes), constructor, not dynamic, attributes_known=False
    )


def _place_of(target: type) -> str:
    try:
        return f"{Path(inspect.getfile(target)).name}, line {inspect.getsourcelines(target)[1]}"
    except (OSError, TypeError):
        return f"{target.__module__}.{target.__qualname__}"


def _without_self(signature: Signature) -> Signature:
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
        parameters = parameters[1:]
    return Signature(parameters)


@dataclass(frozen=True)
class _Source:
    """The classes of a file."""

    classes: Mapping[str, ast.ClassDef]
    path: Path

    def shape(self, node: ast.ClassDef) -> ClassShape:
        line, known = self._line(node)
        methods: dict[str, Signature] = {}
        attributes: set[str] = set()
        for each in reversed(line):
            for member in each.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    _add_function(member, methods, attributes)
                else:
                    for name in _names([member]):
                        methods.pop(name, None)
                        attributes.add(name)
                attributes |= _assigned_to_self(member)
        dynamic = "__getattr__" in methods or any(
            _name(each) not in _HARMLESS for part in line for each in part.decorator_list
        )
        return ClassShape(
            node.name,
            f"{self.path.name}, line {node.lineno}",
            {name: signature for name, signature in methods.items() if name != "__init__"},
            frozenset(attributes),
            self._constructor(line, known and not dynamic, methods),
            known and not dynamic,
            known and not dynamic,
        )

    def _line(self, node: ast.ClassDef) -> tuple[list[ast.ClassDef], bool]:
        """The class and its bases in this file, nearest first, and whether these are all."""
        found, known = [node], not node.keywords
        for base in node.bases:
            text = _name(base)
            if text in ("object", "Protocol", "Generic"):
                continue
            if isinstance(base, ast.Name) and text in self.classes and self.classes[text] is not node:
                above, all_of_it = self._line(self.classes[text])
                found += above
                known &= all_of_it
            else:
                known = False
        return found, known

    def _constructor(self, line: list[ast.ClassDef], known: bool, methods: Mapping[str, Signature]) -> Signature | None:
        for each in line:
            own = next((m for m in each.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
            if own is not None:
                return methods["__init__"]
            if any(_name(part) == "dataclass" for part in each.decorator_list):
                return _fields_of(line) if known else None
        return Signature() if known else None


def _add_function(
    member: ast.FunctionDef | ast.AsyncFunctionDef, methods: dict[str, Signature], attributes: set[str]
) -> None:
    decorators = {_name(each) for each in member.decorator_list}
    methods.pop(member.name, None)
    if decorators & _PROPERTIES:
        attributes.add(member.name)
        return
    signature = _signature(member.args)
    methods[member.name] = signature if "staticmethod" in decorators else _without_self(signature)


def _fields_of(line: list[ast.ClassDef]) -> Signature:
    """The constructor of a dataclass; the order of fields does not matter here."""
    fields: dict[str, Parameter] = {}
    for each in reversed(line):
        for member in each.body:
            if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                annotation = ast.unparse(member.annotation)
                if "ClassVar" in annotation or _is_not_given(member.value):
                    continue
                default = Parameter.empty if member.value is None or annotation.endswith("KW_ONLY") else None
                if not annotation.endswith("KW_ONLY"):
                    fields[member.target.id] = Parameter(member.target.id, Parameter.KEYWORD_ONLY, default=default)
    return Signature(list(fields.values()))


def _is_not_given(value: ast.expr | None) -> bool:
    """Whether a dataclass's field is `field(init=False)`."""
    return isinstance(value, ast.Call) and any(
        each.arg == "init" and isinstance(each.value, ast.Constant) and each.value.value is False for each in value.keywords
    )


def _signature(arguments: ast.arguments) -> Signature:
    plain = [*arguments.posonlyargs, *arguments.args]
    without = len(plain) - len(arguments.defaults)
    parameters = []
    for number, each in enumerate(plain):
        kind = Parameter.POSITIONAL_ONLY if number < len(arguments.posonlyargs) else Parameter.POSITIONAL_OR_KEYWORD
        parameters.append(Parameter(each.arg, kind, default=Parameter.empty if number < without else None))
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.arg, Parameter.VAR_POSITIONAL))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(Parameter(each.arg, Parameter.KEYWORD_ONLY, default=Parameter.empty if default is None else None))
    if arguments.kwarg:
        parameters.append(Parameter(arguments.kwarg.arg, Parameter.VAR_KEYWORD))
    return Signature(parameters)


def _assigned_to_self(member: ast.stmt) -> set[str]:
    if not isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) or not member.args.args:
        return set()
    me = member.args.args[0].arg
    return {
        node.attr
        for node in ast.walk(member)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == me
    }


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """Names that statements bind, those within `if` and `try` included."""
    for node in body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (part.id for each in targets for part in ast.walk(each) if isinstance(part, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((each.asname or each.name).split(".")[0] for each in names)
            case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                yield from _names([*inner, *other])


def _imports_all(module: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in module.body)


def _name(node: ast.expr) -> str:
    """The last name of a decorator or base class, without its arguments."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
