"""What a `define` block says: a constructor of a kind, or a kind itself.

A definition is read once (`definition_reader.py`) and never changed; its expressions are typed later, when somebody uses it
(`definition_body.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.types import Type
from metac.dsl import ast
from metac.dsl.source import Source, Span


@dataclass(frozen=True)
class FileSource(Source):
    """The text of a file of definitions; `name` is how messages call it, `path` where it really is."""

    path: Path = Path()


@dataclass(frozen=True)
class Usual:
    """`usual = 100 Pa .. 1e7 MPa`, in internal units."""

    least: float
    most: float
    dimension: Dimension
    words: str
    """As it is written."""


class Home(Protocol):
    """The library of the file that a definition stands in (`library.py`): where the names in it are looked up."""

    path: Path | None
    """The file; None for the library folders."""

    def kind_names(self) -> tuple[str, ...]:
        """Names of all kinds that can be named there."""
        ...


@dataclass(frozen=True)
class FieldDefinition:
    """A field of a definition, or a member that a kind asks for."""

    name: str
    type: Type
    default: ast.Expression | None
    range: ast.Expression | None
    doc: str
    span: Span = field(compare=False)

    @property
    def optional(self) -> bool:
        """Whether `none` may be given."""
        return isinstance(self.default, ast.Nothing)


@dataclass(frozen=True, eq=False)
class Definition:
    """A constructor: `define KIND NAME { … }`. Compared by identity: a library reads each one once."""

    name: str
    kind: Kind
    fields: Mapping[str, FieldDefinition]
    lets: Mapping[str, ast.Let]
    functions: Mapping[str, ast.FunctionSyntax]
    members: Mapping[str, ast.Expression | ast.FunctionSyntax]
    """What the kind asks for, and `form` and `range`."""
    python: str | None
    """`module:Class` or `file.py:Class`, as written; None where the body is expressions."""
    gives: Type | None
    doc: str
    span: Span
    python_span: Span | None
    """Where `python` stands; None where the body is expressions."""
    content_hash: str
    """sha256 of what the definition says, without comments, layout and documentation."""
    home: Home

    @property
    def source(self) -> Source:
        """The text that it was read from."""
        return self.span.source

    @property
    def folder(self) -> Path:
        """The folder of its file: where `file.py:Class` starts from."""
        if isinstance(self.source, FileSource):
            return self.source.path.parent
        return self.home.path.parent if self.home.path else folder_of(self.source)

    @property
    def target(self) -> str | None:
        """The class that makes its objects: its own, or that of its kind for a body of expressions."""
        return self.python or self.kind.target

    @property
    def form(self) -> str | None:
        """The sort of objects it makes (`form = mesh`), where the kind has several; None where a field decides it."""
        member = self.members.get("form")
        return member.text if isinstance(member, ast.Name) else None

    @property
    def form_of(self) -> str | None:
        """The field whose object's form is taken over: `form = body.form`."""
        match self.members.get("form"):
            case ast.Attribute(value=ast.Name(text=field)):
                return field
        return None

    @property
    def early(self) -> bool:
        """Whether its objects are made, and so judged, at `metac check`: its kind's are, or it says `early = true`."""
        member = self.members.get("early")
        return self.kind.early or (isinstance(member, ast.Boolean) and member.value)

    @property
    def made_once(self) -> bool:
        """Whether its objects are made once, whatever varies, by their kind; what others are built from is, too."""
        return self.kind.final or (self.kind.early and not self.kind.traced)

    @property
    def expression(self) -> ast.Expression | None:
        """`is = neo_hookean { E = E, nu = 0.46 }`: what its objects, or values, are in terms of other definitions."""
        member = self.members.get("is")
        return None if isinstance(member, ast.FunctionSyntax) else member

    @property
    def deprecated(self) -> str | None:
        """What to write instead, in words, where the definition should no longer be used."""
        member = self.members.get("deprecated")
        if isinstance(member, ast.Text):
            return member.value
        return None if self.successor is None else f"write `{' '.join(self.successor.span.text.split())}`"

    @property
    def successor(self) -> ast.Name | ast.Call | ast.Constructor | None:
        """What takes the place of a deprecated definition: another one, alone or with what its fields become."""
        member = self.members.get("deprecated")
        return member if isinstance(member, ast.Name | ast.Call | ast.Constructor) else None

    @property
    def renamed(self) -> Mapping[str, str]:
        """Former names of fields, which still work: `renamed = steps -> increments`, or a list of such."""
        return {
            each.parameters[0].text: each.body.text
            for each in listed(self.members.get("renamed"))
            if isinstance(each, ast.Lambda) and isinstance(each.body, ast.Name)
            if each.parameters[0].text not in self.fields and each.body.text in self.fields
        }

    @property
    def lengths(self) -> Mapping[str, int]:
        """How many items lists have: `lengths = cells -> 2`, or a list of such."""
        said = self._said_of_fields("lengths")
        return {field: int(each.value) for field, each in said if isinstance(each, ast.Number)}

    @property
    def files(self) -> Mapping[str, str | None]:
        """Fields that name a file or folder which must be there at `metac check`, and what a folder must hold.

        `files = start`, `files = start -> "theta.npz"`, or a list of such.
        """
        said = self._said_of_fields("files")
        return {field: each.value if isinstance(each, ast.Text) else None for field, each in said}

    @property
    def contents(self) -> Mapping[str, tuple[str, ...]]:
        """Fields that name a file whose content is part of what is computed, and the ends of names that belong together.

        `contents = file`, `contents = file -> ["-nodes.csv", "-beams.csv"]`, or a list of such.
        """
        said = self._said_of_fields("contents")
        return {field: tuple(end.value for end in listed(each) if isinstance(end, ast.Text)) for field, each in said}

    def _said_of_fields(self, member: str) -> list[tuple[str, ast.Expression | None]]:
        """What a member says of fields, `field` or `field -> what`: the fields, and what is said of them if anything is."""
        return [pair for each in listed(self.members.get(member)) if (pair := said_of_field(each)) is not None]

    @property
    def reordered(self) -> tuple[str, ...]:
        """Fields whose lists used to be read in the opposite order: `reordered = pixels`."""
        return listed_names(self.members.get("reordered"))

    @property
    def beside(self) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        """Forms that objects must have in fields beside it: `beside = forms { control = [uniaxial, shear] }`.

        Where an object of this definition is given to a field of another object, these are other fields of that one. Of
        several, `[forms { … }, forms { … }]`, one must hold; none where nothing is stated.
        """
        return tuple(
            {each.name.text: listed_names(each.value) for each in one.fields}
            for one in listed(self.members.get("beside"))
            if isinstance(one, ast.Constructor)
        )

    @property
    def excludes(self) -> tuple[str, ...]:
        """Forms that no object may have that it uses or that stands beside it, nor what those are made of."""
        return listed_names(self.members.get("excludes"))

    @property
    def keeps(self) -> tuple[str, ...]:
        """Measures whose values its free parameters do not change: `keeps = volume_fraction`, or a list of such."""
        return listed_names(self.members.get("keeps"))

    @property
    def fills(self) -> bool:
        """Whether its free parameters can make a body all material or none: `fills = true`."""
        member = self.members.get("fills")
        return isinstance(member, ast.Boolean) and member.value

    @property
    def with_material(self) -> str | None:
        """`larger` or `smaller`: what more material makes of a measure, whatever the design; None where it depends."""
        member = self.members.get("with_material")
        return member.text if isinstance(member, ast.Name) else None

    @property
    def pursues(self) -> bool:
        """Whether its objects pursue the goals: those of its kind do, unless it says `pursues = false`."""
        member = self.members.get("pursues")
        return self.kind.pursues and not (isinstance(member, ast.Boolean) and not member.value)

    @property
    def together(self) -> str | None:
        """`module:function`: what `metac check` asks whether fields go together (`interfaces/together.py`)."""
        member = self.members.get("together")
        return member.value if isinstance(member, ast.Text) else None

    @property
    def over(self) -> str | None:
        """What a measure's curve runs over, in words; None where it is what the load applies, or a distance."""
        member = self.members.get("over")
        return member.value if isinstance(member, ast.Text) else None

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the fields that must be given."""
        return tuple(name for name, each in self.fields.items() if each.default is None)


def listed(member: ast.Expression | ast.FunctionSyntax | None) -> tuple[ast.Expression, ...]:
    """What a member says: the items of a list, or the one thing."""
    if isinstance(member, ast.SequenceSyntax):
        return member.items
    return () if member is None or isinstance(member, ast.FunctionSyntax) else (member,)


@dataclass(frozen=True, eq=False)
class Kind:
    """`define kind NAME { … }`: what definitions of a kind have in common."""

    name: str
    folder: str
    """Where its definitions lie in a library's folder."""
    early: bool
    """Whether objects are made, and so judged, already at `metac check`."""
    traced: bool
    """Whether objects follow what varies although their kind is early, or they are part of one that is."""
    called: bool
    """Whether its definitions are called like functions and stand for a value (measures)."""
    free: bool
    """Whether its objects have free parameters that a study varies (generators)."""
    final: bool
    """Whether nothing needs to refer to its objects (studies)."""
    responds: bool
    """Whether its objects have a `response` with a status (loads)."""
    discretised: bool
    """Whether its objects are discretised regions, which can be remeshed, refined and drawn (bodies)."""
    pursues: bool
    """Whether its objects pursue the goals (studies)."""
    example: str | None
    """How one of its objects is made, as messages show it: `optimize { vary = … }`."""
    usual: Usual | None
    """Where the largest value of a dimension lies in the fields of its objects, as a rule: what is far off is a slip."""
    judge: str | None
    """`module:function`: judges objects of definitions that stand in the spec, `(node, fields) -> diagnostics`."""
    parameter: str | None
    """The definition that stands for a `param` where an object of the kind is asked for, so that it varies."""
    interface: str | None
    """`module:Protocol`: what its objects satisfy."""
    forms: Mapping[str, str]
    """By form, the name of a protocol in the interface's module that objects of that form satisfy as well."""
    members: Mapping[str, FieldDefinition]
    """What a definition with a body of expressions states."""
    target: str | None
    """The class for definitions with a body of expressions."""
    doc: str
    span: Span


def said_of_field(each: ast.Expression) -> tuple[str, ast.Expression | None] | None:
    """Of `field`, or `field -> what`: the field, and what is said of it; None for anything else."""
    match each:
        case ast.Name(text=field):
            return field, None
        case ast.Lambda(parameters=(ast.Identifier(text=field),), body=said):
            return field, said
    return None


SPOKEN_MEMBERS = (
    "is",
    "deprecated",
    "renamed",
    "reordered",
    "lengths",
    "files",
    "contents",
    "beside",
    "excludes",
    "early",
    "keeps",
    "fills",
    "with_material",
    "together",
    "pursues",
    "over",
)
"""Members that are read as they are written: what objects are in terms of other definitions, what to write instead of a
definition, former names of fields, lists whose order has changed, how many items lists have, which fields name files that
must be there or whose content counts, which forms its objects go together with, whether they are made at `metac check`,
which measures its free parameters do not change, whether these may fill or empty a body, what more material does to a
measure, what judges there whether fields go together, whether a study needs goals, what a measure's
curve runs over in words."""


def folder_of(source: Source) -> Path:
    """The folder that a source's relative paths start from: its own, or the present one for a text without file."""
    return Path.cwd() if source.name.startswith(("<", "--")) else Path(source.name).resolve().parent


def listed_names(value: ast.Expression | ast.FunctionSyntax | None) -> tuple[str, ...]:
    """`[mesh, grid]`, or `mesh` alone; empty where it is neither."""
    names = tuple(each.text for each in listed(value) if isinstance(each, ast.Name))
    return names if len(names) == len(listed(value)) else ()
