"""The classes behind definitions, and whose fault it is when they fail."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from traceback import FrameSummary, extract_tb, walk_tb
from types import FrameType
from typing import Any, NamedTuple

from metac.compiler import graph
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import WarmStartable
from metac.compiler.interfaces.measure import FromRest, OfFirstIncrements
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.class_shape import shape_of
from metac.compiler.library.conformance import object_problem, shape_problems
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

LIBRARY = "metac."
"""Modules of our own: what fails in them is an internal error, not a mistake in a definition."""
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


@dataclass(frozen=True)
class Implementation:
    """The class of one node."""

    node: graph.Node
    target: type[Any]

    @classmethod
    def of(cls, node: graph.Node) -> Implementation:
        """Load the class.

        Raises DiagnosticError: M0570, M0571 and M0578 where there is none that may be named, M0572 where it does not take
        the definition's fields, M0577 where it does not do what the kind asks for.
        """
        target = load_class(node.definition)
        found = tuple(shape_problems(node.definition, shape_of(target)))
        if found:
            raise DiagnosticError(found)
        return cls(node, target)

    @cached_property
    def built_from(self) -> frozenset[str]:
        """Names of the fields that the static method `build` takes, all with `**fields`; empty where there is none."""
        if not self.builds:
            return frozenset()
        parameters = inspect.signature(self.target.build).parameters
        if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
            return frozenset(self.node.definition.fields)
        return frozenset(parameters)

    @property
    def builds(self) -> bool:
        """Whether something is built once."""
        return callable(getattr(self.target, "build", None))

    def can(self, capability: type) -> bool:
        """Whether objects of the class have the methods of a capability (`compiler/interfaces/`)."""
        return issubclass(self.target, capability)

    @property
    def from_rest(self) -> bool:
        """Whether it is a measure that reads what only a path from rest shows."""
        return isinstance(self.target, FromRest) and self.target.from_rest

    @property
    def increments_read(self) -> int | None:
        """How many increments from the first on it is a measure of; None where it may read all."""
        return self.target.increments_read if isinstance(self.target, OfFirstIncrements) else None

    @property
    def file(self) -> str | None:
        """The class's file, where it is not of our own library."""
        name = getattr(self.target, "__module__", "") or ""
        module = sys.modules.get(name)
        return None if name.startswith(LIBRARY) else getattr(module, "__file__", None)

    def make(self, fields: Mapping[str, object], built: object = None) -> Any:
        """An object. Raises DiagnosticError M0577 where it lacks what its kind asks for, and what the class raises."""
        arguments = {**fields, "built": built} if self.builds else dict(fields)
        return self._judged(self.target(**arguments))

    def started(self, load: WarmStartable, start: Any) -> Any:
        """The load from what a neighbouring design has left. Raises DiagnosticError M0577 where that is no load."""
        return self._judged(load.starting_from(start))

    def _judged(self, made: Any) -> Any:
        problem = object_problem(self.node.definition, made)
        if problem is not None:
            raise DiagnosticError((replace(problem, labels=(*problem.labels, Label(self.node.span, "used here"))),))
        return made


class NeedsConcrete(Exception):
    """The class of a node cannot be made with values that are only known when the program runs."""

    def __init__(self, name: str, problem: Exception) -> None:
        self.name, self.problem = name, problem
        super().__init__(name)


@dataclass(frozen=True)
class ErrorLocator:
    """The nodes at which exceptions of library code are reported; files are those of classes from outside the library."""

    nodes: Mapping[str, graph.Node]
    """By the file of their class."""
    declared: Mapping[str, graph.Node]
    """All nodes, by name."""

    @contextmanager
    def at(self, node: graph.Node) -> Iterator[None]:
        """Turn what a class raises while it makes or evaluates a node into a DiagnosticError at the right place.

        `FieldError`s are shown at their field; anything else that comes out of a file from outside the library is M0573 at
        its node; the rest passes, as it is no mistake in a spec.
        """
        try:
            yield
        except FieldError as problem:
            raise DiagnosticError((refusal(node, problem, self.declared),)) from problem
        except (DiagnosticError, NeedsConcrete):
            raise
        except Exception as problem:
            found = next((self._failed(frame, problem) for frame in self._foreign(problem)), None)
            if found is None:
                raise
            raise DiagnosticError((found,)) from problem

    @contextmanager
    def anywhere(self, foreseen: Callable[[Exception], bool]) -> Iterator[None]:
        """Turn what code from outside the library raises, whoever called it, into a DiagnosticError, M0573 at its node.

        What is foreseen passes, and so does what code of our own raises, also where that was called from outside: it says
        itself what is wrong.
        """
        try:
            yield
        except Exception as problem:
            if isinstance(problem, DiagnosticError) or foreseen(problem):
                raise
            ours = [n for n, (frame, _) in enumerate(walk_tb(problem.__traceback__)) if _is_ours(frame)]
            foreign = next(self._foreign(problem), None)
            found = self._failed_on_host(problem)
            if found is None and foreign is not None and foreign.number > max(ours, default=-1):
                found = self._failed(foreign, problem)
            if found is None:
                raise
            raise DiagnosticError((found,)) from problem

    def _foreign(self, problem: Exception) -> Iterator[_ForeignFrame]:
        """The frames of classes from outside the library, the innermost first."""
        frames = list(enumerate(extract_tb(problem.__traceback__)))
        for number, frame in reversed(frames):
            node = self.nodes.get(frame.filename)
            if node is not None:
                yield _ForeignFrame(number, frame, node)

    def _failed(self, foreign: _ForeignFrame, problem: Exception) -> Diagnostic:
        _, frame, node = foreign
        text = " ".join(str(problem).split("\n", 1)[0].split())
        place = f"{Path(frame.filename).name}, line {frame.lineno}: {(frame.line or '').strip()}"
        return _defect(node, f"{type(problem).__name__}: {text}", place)

    def _failed_on_host(self, problem: Exception) -> Diagnostic | None:
        """What a compiled program says of a callback of a class that failed: its text holds the frames."""
        text = str(problem).strip()
        for frame in reversed(list(_FRAME.finditer(text))):
            node = self.nodes.get(frame["file"])
            if node is not None:
                return _defect(node, text.splitlines()[-1].strip(), f"{Path(frame['file']).name}, line {frame['line']}")
        return None


def _defect(node: graph.Node, problem: str, place: str) -> Diagnostic:
    return Diagnostic(
        "M0573",
        f"the Python class of `{node.definition.name}` failed: {problem}",
        (Label(node.span),),
        (place,),
        help="for a value that it refuses the class should raise `FieldError`",
    )


class _ForeignFrame(NamedTuple):
    """Where an exception passed through a class from outside the library."""

    number: int
    """Of the frame, from outside in."""
    frame: FrameSummary
    node: graph.Node


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(LIBRARY)


def refusal(node: graph.Node, problem: FieldError, declared: Mapping[str, graph.Node]) -> Diagnostic:
    """What a node's object refuses of a field, at that field; and where another object is made that the field names."""
    labels = [Label(node.field_spans.get(problem.field, node.span))]
    value = node.fields.get(problem.field)
    target = declared.get(value.node) if isinstance(value, graph.Reference) else None
    if target is not None and target.span != labels[0].span and not target.name.startswith("_"):
        labels.append(Label(target.span, f"`{target.name}` is made here"))
    return Diagnostic(problem.code, problem.message, tuple(labels), help=problem.help)
