"""Values given from outside, `--set warp.hidden=[20,20]`: put into the syntax tree before it gets a meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.override_values import value_of
from metac.compiler.elaborate.scope import FileScope
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.diagnostics.suggest import suggest


def apply_overrides(spec: FileScope, overrides: Mapping[str, object], findings: DiagnosticsSink) -> None:
    """Put values into the modules of a spec and of what it imports, before names get a meaning.

    `name` of a `param` or of an object, `object.field`, `object.field.field`; before them names of imports, `base.name`. A
    text is read as an expression, in which names are those of the file that declares what is replaced; for a parameter of
    type `Text` it is that text, unless it is written in quotation marks. Other values are numbers, truth values, None and
    (nested) sequences of them, and functions of a Python program.
    """
    for path, given in overrides.items():
        target = _Target.of(spec, path)
        old = next((each for each in target.file.module.statements if _declares(each, target.name)), None)
        param = old if isinstance(old, ast.Param) and not target.fields else None
        value = value_of(path, given, param, findings)
        if value is not None:
            _apply(target, spec, value, findings)


@dataclass(frozen=True)
class _Target:
    """What a dotted name means: a declaration of a file, and fields of its object."""

    path: str
    file: FileScope
    imports: tuple[str, ...]
    """The names of imports that lead to the file."""
    name: str
    """Empty where the path ends with the name of an import."""
    fields: tuple[str, ...]

    @classmethod
    def of(cls, spec: FileScope, path: str) -> _Target:
        parts, file, imports = path.strip().split("."), spec, []
        while parts and not _found_in(file, parts[0]) and (further := file.imported(parts[0])) is not None:
            file = further
            imports.append(parts.pop(0))
        name = parts[0] if parts else ""
        return cls(path, _found_in(file, name) or file, tuple(imports), name, tuple(parts[1:]))


def _found_in(file: FileScope, name: str) -> FileScope | None:
    """The file, or one that it imports without a name, that declares a name."""
    if any(_declares(each, name) for each in file.module.statements):
        return file
    return next((found for _, bare in file.bare if (found := _found_in(bare, name)) is not None), None)


def _declares(statement: ast.Statement, name: str) -> bool:
    if not isinstance(statement, ast.Param | ast.Declaration | ast.Stage | ast.Sweep | ast.Let | ast.FunctionSyntax):
        return False
    return statement.name.text == name


def _apply(target: _Target, spec: FileScope, value: ast.Expression, findings: DiagnosticsSink) -> None:
    path, name, fields = target.path, target.name, list(target.fields)
    statements = list(target.file.module.statements)
    places = [place for place, each in enumerate(statements) if _declares(each, name)]
    # Where the spec's parameter is swept or staged, its own value does not count.
    varied = [place for place in places if isinstance(statements[place], ast.Stage | ast.Sweep) and target.file is spec]
    for place in (*(varied if not fields else ()), *(place for place in places if place not in varied)):
        statement = statements[place]
        match statement:
            case ast.Stage() | ast.Sweep() if place in varied:
                listed = isinstance(value, ast.SequenceSyntax | ast.IntervalSyntax | ast.Comprehension)
                many = value if listed else ast.SequenceSyntax((value,), value.span)
                alone = {"together": ()} if isinstance(statement, ast.Sweep) else {}
                statements[place] = replace(statement, values=many, **alone)
            case ast.Param() if not fields:
                statements[place] = replace(statement, value=value)
            case ast.Declaration(value=old):
                objects = {each.name.text for each in statements if isinstance(each, ast.Declaration)}
                new = _with_field(old, fields, value, objects) if fields else _with_definition(old, value)
                if new is None:
                    object_ = ".".join([*target.imports, name, *fields[:-1]])
                    help = "set a field of the object that is named there"
                    _cannot(path, f"`{object_}` is not written out as `definition {{ … }}`", findings, help)
                    return
                statements[place] = replace(statement, value=new)
            case ast.Let() | ast.FunctionSyntax():
                where = "the spec" if target.file is spec else target.file.library.shown
                help = f"declare it `param {name}: Scalar = …` to change it"
                _cannot(path, f"`{'.'.join([*target.imports, name])}` is fixed in {where}", findings, help)
                return
            case _:
                continue
        target.file.module = replace(target.file.module, statements=tuple(statements))
        return
    _unknown(target, spec, findings)


def _unknown(target: _Target, spec: FileScope, findings: DiagnosticsSink) -> None:
    """M0307, with what could be set."""
    before = "".join(f"{alias}." for alias in target.imports)
    names = [f"{before}{name}" for name in _settable(target.file)]
    where = "the spec" if target.file is spec else target.file.library.shown
    if not target.name:
        help = f"set something in it: `{names[0]}`" if names else None
        _cannot(target.path, f"`{before.rstrip('.')}` is an imported file", findings, help)
        return
    meant = suggest(f"{before}{target.name}", names)
    if meant is None:
        anywhere = _settable_anywhere(spec)
        meant = next((name for name in anywhere if name.endswith(f".{target.name}")), None)
        if meant is None and (whole := suggest(target.path, anywhere)):
            meant, target = whole, replace(target, fields=())
    findings.add(
        Diagnostic(
            "M0307",
            f"`--set {target.path}`: {where} declares nothing called `{target.name}`",
            notes=(f"it declares {listing(names)}",) if names else (),
            help=f"did you mean `{'.'.join([meant, *target.fields])}`?" if meant else None,
        )
    )


def _settable(file: FileScope) -> list[str]:
    """Names that a file declares, or imports without a name, and that can be set."""
    statements = file.module.statements
    own = [each.name.text for each in statements if isinstance(each, ast.Param | ast.Declaration | ast.Stage | ast.Sweep)]
    return own + [name for _, bare in file.bare for name in _settable(bare)]


def _settable_anywhere(spec: FileScope) -> list[str]:
    return [file.prefix + name for file in spec.files() for name in _settable(file)]


def _with_definition(old: ast.Expression, value: ast.Expression) -> ast.Expression:
    """Another definition for an object; a bare name keeps the fields, so that `g=p1` changes just the group."""
    if isinstance(old, ast.Constructor) and isinstance(value, ast.Name):
        return replace(old, name=(ast.Identifier(value.text, value.span),))
    return value


def _with_field(old: ast.Expression, fields: list[str], value: ast.Expression, objects: set[str]) -> ast.Expression | None:
    """The constructor with a field, of itself or further inside, replaced or added; None where there is none to change.

    `objects` are the declared names: another object is not changed by way of one that uses it.
    """
    if isinstance(old, ast.Name) and len(fields) == 1 and old.text not in objects:
        old = ast.Constructor((ast.Identifier(old.text, old.span),), (), old.span)
    if not isinstance(old, ast.Constructor):
        return None
    name, *inner = fields
    changed = []
    found = False
    for assignment in old.fields:
        if assignment.name.text == name:
            new = _with_field(assignment.value, inner, value, objects) if inner else value
            if new is None:
                return None
            found = True
            changed.append(replace(assignment, value=new))
        else:
            changed.append(assignment)
    if not found:
        if inner:
            return None
        changed.append(ast.Assignment(ast.Identifier(name, value.span), value, value.span))
    return replace(old, fields=tuple(changed))


def _cannot(path: str, why: str, findings: DiagnosticsSink, help: str | None = None) -> None:
    findings.add(Diagnostic("M0308", f"`--set {path}` cannot be applied: {why}", help=help))
