"""The classes behind definitions, and whose fault it is when they fail."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from typing import Any

from metac.compiler import graph
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.measure import FromRest
from metac.compiler.library.class_loading import load_class
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

LIBRARY = "metac."
"""Modules of our own: what fails in them is a defect, not a mistake in a definition."""


@dataclass(frozen=True)
class Implementation:
    """The class of one node."""

    node: graph.Node
    target: Any

    @classmethod
    def of(cls, node: graph.Node) -> Implementation:
        """Load the class. Raises DiagnosticError M0570, M0571, or M0572 where `build` asks for what is not a field."""
        made = cls(node, load_class(node.definition))
        unknown = made.built_from - node.definition.fields.keys()
        if unknown:
            names = ", ".join(f"`{name}`" for name in sorted(unknown))
            raise _mismatch(node, f"its `build` takes {names}, which the definition does not have")
        return made

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
        return isinstance(self.target, type) and issubclass(self.target, capability)

    @property
    def from_rest(self) -> bool:
        """Whether it is a measure that reads what only a path from rest tells."""
        return isinstance(self.target, FromRest) and self.target.from_rest

    @property
    def file(self) -> str | None:
        """The class's file, where it is not of our own library."""
        name = getattr(self.target, "__module__", "") or ""
        module = sys.modules.get(name)
        return None if name.startswith(LIBRARY) else getattr(module, "__file__", None)

    def make(self, fields: Mapping[str, Any], built: Any = None) -> Any:
        """An object. Raises DiagnosticError M0572 where the class does not take these fields, and what the class raises."""
        arguments = {**fields, "built": built} if self.builds else dict(fields)
        try:
            inspect.signature(self.target).bind(**arguments)
        except TypeError as problem:
            raise _mismatch(self.node, str(problem)) from None
        except ValueError:
            pass  # a callable without a signature
        return self.target(**arguments)


def _mismatch(node: graph.Node, note: str) -> DiagnosticError:
    message = f"the class of `{node.definition.name}` does not fit its definition"
    label = Label(node.definition.span, f"`{node.definition.target}`")
    return DiagnosticError((Diagnostic("M0572", message, (label, Label(node.span, "used here")), (note,)),))


class NeedsConcrete(Exception):
    """The class of a node cannot be made with values that are only known when the program runs."""

    def __init__(self, name: str, problem: Exception) -> None:
        self.name, self.problem = name, problem
        super().__init__(name)


@dataclass(frozen=True)
class Blame:
    """Finds the node to blame for an exception of library code; files are those of classes from outside the library."""

    nodes: Mapping[str, graph.Node]
    """By the file of their class."""

    @contextmanager
    def of(self, node: graph.Node) -> Iterator[None]:
        """Turn what a class raises while it makes or evaluates a node into a DiagnosticError at the right place.

        `FieldError`s are shown at their field; anything else that comes out of a file from outside the library is M0573 at
        its node; the rest passes, as it is no mistake in a spec.
        """
        try:
            yield
        except FieldError as problem:
            raise DiagnosticError((at_field(node, problem),)) from problem
        except (DiagnosticError, NeedsConcrete):
            raise
        except Exception as problem:
            found = self._foreign(problem)
            if found is None:
                raise
            raise DiagnosticError((found,)) from problem

    def _foreign(self, problem: Exception) -> Diagnostic | None:
        for frame in reversed(extract_tb(problem.__traceback__)):
            node = self.nodes.get(frame.filename)
            if node is not None:
                text = " ".join(str(problem).split("\n", 1)[0].split())
                return Diagnostic(
                    "M0573",
                    f"the Python class of `{node.definition.name}` failed: {type(problem).__name__}: {text}",
                    (Label(node.span),),
                    (f"{Path(frame.filename).name}, line {frame.lineno}: {(frame.line or '').strip()}",),
                    help="for a value that it refuses the class should raise `FieldError`",
                )
        return None


def at_field(node: graph.Node, problem: FieldError) -> Diagnostic:
    """What a node's object says of a field, at that field."""
    place = node.field_spans.get(problem.field, node.span)
    return Diagnostic(problem.code, problem.message, (Label(place),), help=problem.help)
