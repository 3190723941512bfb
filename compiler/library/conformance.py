"""Whether the class of a definition does what its kind asks for, and takes the definition's fields."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, Signature
from weakref import WeakKeyDictionary

from metac.compiler.diagnostics_sink import listing
from metac.compiler.library.class_loading import (
    comes_with_metac,
    judged_source_of,
    written_source_of,
)
from metac.compiler.library.class_shape import ClassShape, Unreadable, shape_in_file
from metac.compiler.library.definitions import Definition
from metac.compiler.library.interface_members import Expected, capabilities_of, lacks, members_of, protocols_of
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

BUILD = "build"
BUILT = "built"


def static_problems(definition: Definition) -> tuple[Diagnostic, ...]:
    """What can be found wrong with a definition's class in its source: nothing of it is run or imported.

    M0570, M0571: it is not there. M0572: it does not take the fields. M0577: it lacks what its kind asks for. M0578: it must
    not be named. Classes of metac itself are not read: its tests do that.
    """
    if definition not in _FOUND:
        _FOUND[definition] = tuple(_static_problems(definition))
    return _FOUND[definition]


_FOUND: WeakKeyDictionary[Definition, tuple[Diagnostic, ...]] = WeakKeyDictionary()


def _static_problems(definition: Definition) -> Iterator[Diagnostic]:
    target = _judged_target(definition)
    if target is None:
        return
    place, _, name = target.rpartition(":")
    try:
        path = judged_source_of(definition, target)
        shape = None if path is None else shape_in_file(path, name)
    except DiagnosticError as problem:
        yield from problem.diagnostics
    except (OSError, Unreadable) as problem:
        text = f"there is no file `{place}`" if isinstance(problem, FileNotFoundError) else str(problem)
        yield _finding(definition, "M0570", f"the Python class of `{definition.name}` cannot be loaded", text)
    except KeyError:
        yield _finding(definition, "M0571", f"`{place}` has no class `{name}`", "")
    else:
        if shape is not None:
            try:
                yield from shape_problems(definition, shape)
                yield from _capability_problems(definition, shape)
            except DiagnosticError as problem:
                yield from problem.diagnostics


def lacks_in_source(definition: Definition, protocol: type) -> bool:
    """Whether the source of a definition's class shows that it lacks a member of a protocol; nothing of it is run.

    Also of classes of metac itself. False where the source does not say, or is wrong in a way that is reported elsewhere.
    """
    shape = _written_shape(definition)
    return shape is not None and any(member_problem(shape, each) is not None for each in members_of(protocol))


def built_from(definition: Definition) -> frozenset[str]:
    """The fields that the source of a definition's class shows its static method `build` to take; nothing of it is run.

    Empty where the source does not say: what is built is then known when the program is linked.
    """
    shape = _written_shape(definition)
    build = None if shape is None else shape.methods.get(BUILD)
    if build is None:
        return frozenset()
    whatever = any(each.kind is Parameter.VAR_KEYWORD for each in build.parameters.values())
    return frozenset(definition.fields) if whatever else frozenset(_asked(build)) & definition.fields.keys()


def _written_shape(definition: Definition) -> ClassShape | None:
    """The shape of a definition's class, as its source shows it, else None; what is wrong is reported elsewhere."""
    if definition not in _SHAPES:
        _SHAPES[definition] = _read_shape(definition)
    return _SHAPES[definition]


_SHAPES: WeakKeyDictionary[Definition, ClassShape | None] = WeakKeyDictionary()


def _read_shape(definition: Definition) -> ClassShape | None:
    if definition.python is None:
        return None
    try:
        path = written_source_of(definition, definition.python)
        return None if path is None else shape_in_file(path, definition.python.rpartition(":")[2])
    except (DiagnosticError, OSError, Unreadable, KeyError):
        return None


def _judged_target(definition: Definition) -> str | None:
    """The class of its own, or the one that its kind names, unless that is a kind of metac, whose tests judge it."""
    return definition.python or (None if comes_with_metac(definition.kind) else definition.kind.target)


def shape_problems(definition: Definition, shape: ClassShape) -> Iterator[Diagnostic]:
    """What is wrong with the class of a definition, as far as its shape shows."""
    if definition.python is not None:
        yield from _constructor_problems(definition, shape)
    for protocol in protocols_of(definition.kind, definition.form):
        for expected in members_of(protocol):
            problem = member_problem(shape, expected)
            if problem is not None:
                yield _lacking(definition, shape, expected, problem)


def _capability_problems(definition: Definition, shape: ClassShape) -> Iterator[Diagnostic]:
    """M0577 for a class that has all names of a capability of its kind, one of which cannot be called as that is.

    A capability that is no more than another way to call what the kind needs anyway is one that a class may lack.
    """
    needed = {each.name for protocol in protocols_of(definition.kind, definition.form) for each in members_of(protocol)}
    named = shape.methods.keys() | shape.attributes
    for protocol in capabilities_of(definition.kind):
        members = [each for each in members_of(protocol) if each.name not in needed]
        for expected in members if all(each.name in named for each in members) else ():
            problem = member_problem(shape, expected)
            if problem is not None:
                yield _lacking(definition, shape, expected, problem)


def member_problem(shape: ClassShape, expected: Expected) -> str | None:
    """What keeps a class of this shape from having a member; None where it has it, or where its source does not say."""
    name, found = expected.name, shape.methods.get(expected.name)
    if expected.signature is None:
        if found is not None:
            return f"`{name}` is a method, and must be an attribute: add `@cached_property` (functools) above it"
        known = shape.methods_known and shape.attributes_known
        return f"it has no attribute `{name}`" if known and name not in shape.attributes else None
    if found is None:
        missing = shape.methods_known and name not in shape.attributes
        return f"it has no method {expected}" if missing else None
    arguments = expected.signature.parameters.values()
    plain = [each.name for each in arguments if each.kind is not Parameter.KEYWORD_ONLY]
    named = {each.name: None for each in arguments if each.kind is Parameter.KEYWORD_ONLY}
    try:
        found.bind(*plain, **named)
    except TypeError as problem:
        return f"`{name}{found}` cannot be called as {expected}: {problem}"
    return None


def _constructor_problems(definition: Definition, shape: ClassShape) -> Iterator[Diagnostic]:
    fields = set(definition.fields)
    build = shape.methods.get(BUILD)
    if build is not None and (unknown := _asked(build) - fields):
        yield _unfitting(definition, shape, f"its `build` asks for {listing(unknown)}, which the definition does not have")
    constructor = shape.constructor
    if constructor is None:
        return
    given = fields | ({BUILT} if build is not None else set())
    taken = constructor.parameters
    if not any(each.kind is Parameter.VAR_KEYWORD for each in taken.values()):
        named = {
            name for name, each in taken.items() if each.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        }
        if refused := given - named:
            yield _unfitting(definition, shape, f"it does not take {listing(refused)}")
    if missing := _asked(constructor, required=True) - given:
        hint = ", but has no static method `build`" if missing == {BUILT} else ", which the definition does not have"
        yield _unfitting(definition, shape, f"it asks for {listing(missing)}{hint}")


def _asked(signature: Signature, *, required: bool = False) -> set[str]:
    variable = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return {
        name
        for name, each in signature.parameters.items()
        if each.kind not in variable and not (required and each.default is not Parameter.empty)
    }


def object_problem(definition: Definition, made: object) -> Diagnostic | None:
    """What an object of a definition lacks that its kind or form asks for, M0577; None where it has everything."""
    for protocol in protocols_of(definition.kind, definition.form):
        expected = lacks(made, protocol)
        if expected is not None:
            sort = "method" if expected.signature is not None else "attribute"
            return _finding(
                definition,
                "M0577",
                f"objects of `{definition.name}` have no {sort} {expected}",
                f"made by `{type(made).__name__}`",
                help=_purpose(definition, expected),
            )
    return None


def _lacking(definition: Definition, shape: ClassShape, expected: Expected, problem: str) -> Diagnostic:
    form = f"`{definition.form}` " if definition.form in definition.kind.forms else ""
    return _finding(
        definition,
        "M0577",
        f"the class `{shape.name}` cannot be that of a {form}{definition.kind.name}: {problem}",
        shape.place,
        help=_purpose(definition, expected),
    )


def _purpose(definition: Definition, expected: Expected) -> str | None:
    return f"{expected} of a {definition.kind.name}: {expected.purpose}" if expected.purpose else None


def _unfitting(definition: Definition, shape: ClassShape, problem: str) -> Diagnostic:
    message = f"the class of `{definition.name}` does not fit its definition: {problem}"
    return _finding(definition, "M0572", message, shape.place, help="a class takes the fields of its definition by keyword")


def _finding(definition: Definition, code: str, message: str, note: str, help: str | None = None) -> Diagnostic:
    label = Label(definition.python_span or definition.span, "named here" if definition.python_span else "")
    return Diagnostic(code, message, (label,), (note,) if note else (), help)
