"""What the kinds of definitions ask of their objects: the members of protocols.

`define kind` names a protocol of `compiler/interfaces` (`interface`), and one for each form its objects may have (`forms`).
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import Parameter, Signature
from typing import Any

from metac.compiler.library.class_loading import is_trusted
from metac.compiler.library.definitions import Kind
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label


@dataclass(frozen=True)
class Expected:
    """A member that a protocol asks for."""

    name: str
    signature: Signature | None
    """Of a method, without `self`; None for an attribute."""
    purpose: str
    """The first line of its documentation."""

    def __str__(self) -> str:
        if self.signature is None:
            return f"`{self.name}`"
        names = ", ".join(
            each.name for each in self.signature.parameters.values() if each.kind is not Parameter.KEYWORD_ONLY
        )
        return f"`{self.name}({names})`"


@cache
def members_of(protocol: type) -> tuple[Expected, ...]:
    """What a protocol asks for, inherited members included."""
    found: dict[str, Expected] = {}
    for base in reversed(protocol.__mro__):
        if not getattr(base, "_is_protocol", False) or base.__module__ == "typing":
            continue
        for name in inspect.get_annotations(base):
            found[name] = Expected(name, None, "")
        for name, value in vars(base).items():
            if name.startswith("_") and name != "__call__":
                continue
            if isinstance(value, property):
                found[name] = Expected(name, None, _first_line(value.__doc__))
            elif inspect.isfunction(value):
                parameters = list(inspect.signature(value).parameters.values())[1:]
                found[name] = Expected(name, Signature(parameters), _first_line(value.__doc__))
    return tuple(found.values())


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


def protocols_of(kind: Kind, form: str | None) -> tuple[Any, ...]:
    """The protocols that objects of a kind and form must satisfy; none where its definition names none.

    Raises DiagnosticError: M0570 where the kind names what is not there, M0578 where it must not name it.
    """
    if kind.interface is None:
        return ()
    place, _, name = kind.interface.rpartition(":")
    also = kind.forms.get(form) if form is not None else None
    if not is_trusted(place):
        raise _no_interface(kind, "M0578", f"`{place}` is no module of metac or of an installed plug-in")
    try:
        module = import_module(place)
        return tuple(getattr(module, each) for each in (name, also) if each is not None)
    except (ImportError, AttributeError) as problem:
        raise _no_interface(kind, "M0570", str(problem)) from problem


def _no_interface(kind: Kind, code: str, note: str) -> DiagnosticError:
    message = f"the interface of the kind `{kind.name}` cannot be loaded"
    return DiagnosticError((Diagnostic(code, message, (Label(kind.span),), (note,)),))


def capabilities_of(kind: Kind) -> tuple[type, ...]:
    """The protocols that stand beside that of a kind: what some of its objects can do; those of its forms among them."""
    if kind.interface is None:
        return ()
    module = import_module(kind.interface.rpartition(":")[0])
    return tuple(
        each
        for each in vars(module).values()
        if getattr(each, "_is_runtime_protocol", False) and each.__module__ == module.__name__
    )


def lacks(made: object, protocol: object) -> Expected | None:
    """The first member of a protocol that an object does not have; properties are not computed."""
    missing = object()
    dynamic = any("__getattr__" in vars(base) for base in type(made).__mro__)
    for expected in members_of(protocol):
        if inspect.getattr_static(made, expected.name, missing) is not missing:
            continue
        if not (dynamic and hasattr(made, expected.name)):
            return expected
    return None
