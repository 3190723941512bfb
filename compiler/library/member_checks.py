"""Members of a definition, `form = mesh`: whether there are such, and whether what they say can be read."""

from __future__ import annotations

from collections.abc import Mapping

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.library.definitions import SPOKEN_MEMBERS, FieldDefinition, Kind, listed, listed_names, said_of_field
from metac.compiler.types.types import KindType, ListType, TextType
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix
from metac.dsl.diagnostics.suggest import suggest

UNIVERSAL_MEMBERS = ("form", "range", "at_rest", "attainable", "answered", "doubted", *SPOKEN_MEMBERS)
"""Members that a definition of any kind may state: what sort of object it makes, the range that it covers, the value of its
curve where nothing is loaded yet, as texts `"module:function"` what judges whether a value that is asked for can be reached
(`interfaces/attainability.py`), whether what a measure reads is there (`interfaces/answered.py`) and whether an object is
seldom meant so (`interfaces/doubted.py`), and `SPOKEN_MEMBERS`."""


class MemberChecks:
    """Checks what stands beside the fields of one definition."""

    def __init__(self, declared: Mapping[str, FieldDefinition], findings: DiagnosticsSink) -> None:
        """`declared` are the definition's fields."""
        self._declared, self._findings = declared, findings

    def known(self, member: ast.Assignment, kind: Kind) -> bool:
        """Whether definitions of a kind have a member: M0218 where not, M0226 where it is not well written."""
        allowed = [*kind.members, *UNIVERSAL_MEMBERS]
        name = member.name.text
        if name in allowed:
            self._well_written(member)
            return True
        meant = suggest(name, allowed)
        self._findings.error(
            "M0218",
            f"definitions of kind `{kind.name}` have no member `{name}`",
            member.name.span,
            notes=(f"they may state {listing(allowed)}",),
            help=f"did you mean `{meant}`?"
            if meant
            else f"for a name of your own write `let {name} = …`; for a field `{name}: Type = …`",
            fix=Fix(member.name.span, meant) if meant else None,
        )
        return False

    def is_form(self, value: ast.Expression) -> bool:
        """Whether a definition's `form` is a name, or that of a field's object; M0223 where it is neither."""
        match value:
            case ast.Name(text=text) if text not in self._declared:
                return True
            case ast.Attribute(value=ast.Name(text=text), name=name) if name.text == "form":
                field = self._declared.get(text)
                if field is not None and isinstance(field.type, KindType):
                    return True
                label = f"`{text}` is no field that an object is given to"
                objects = [name for name, each in self._declared.items() if isinstance(each.type, KindType)]
                help = f"write `form = {objects[0]}.form`" if objects else "write a name, `form = mesh`"
            case ast.Name(text=text):
                label, help = (
                    f"`{text}` is a field",
                    f"write `form = {text}.form` to take over the form of what is given there",
                )
            case _:
                label, help = (
                    "expected a name",
                    "write a name, `form = mesh`, or the form of a field's object, `form = body.form`",
                )
        self._findings.error("M0223", "this is not a form", value.span, label, help=help)
        return False

    def _well_written(self, member: ast.Assignment) -> None:
        """M0226 where a member does not say what it is for."""
        name, value = member.name.text, member.value
        match name:
            case "deprecated" if not isinstance(value, ast.Text | ast.Name | ast.Call | ast.Constructor):
                message = "`deprecated` says what to write instead: another definition, or a text"
                help = "write `deprecated = other`, `deprecated = other(field, along = 0 deg)` or `other { E = field }`"
                self._unreadable(value, message, help)
            case "reordered" if not (listed_names(value) and set(listed_names(value)) <= self._declared.keys()):
                self._unreadable(value, "`reordered` lists fields", "write `reordered = [field]`")
            case "early" if not isinstance(value, ast.Boolean):
                self._unreadable(value, "`early` is true or false", "write `early = true`")
            case "excludes" if not listed_names(value):
                self._unreadable(value, "`excludes` lists forms", "write `excludes = [form]`")
            case "together" if not isinstance(value, ast.Text):
                self._unreadable(value, "`together` names a function", 'write `together = "module:function"`')
            case "keeps" if not listed_names(value):
                self._unreadable(value, "`keeps` lists measures", "write `keeps = [measure]`")
            case "fills" if not isinstance(value, ast.Boolean):
                self._unreadable(value, "`fills` is true or false", "write `fills = true`")
            case "over" if not isinstance(value, ast.Text):
                self._unreadable(value, "`over` says in words what a curve runs over", 'write `over = "share of the line"`')
            case "pursues" if not isinstance(value, ast.Boolean):
                self._unreadable(value, "`pursues` is true or false", "write `pursues = false`")
            case "with_material" if not (isinstance(value, ast.Name) and value.text in ("larger", "smaller")):
                self._unreadable(value, "`with_material` is `larger` or `smaller`", "write `with_material = larger`")
            case "beside" if not _lists_by_field(value):
                self._unreadable(value, "`beside` lists forms by field", "write `beside = forms { field = [form, form] }`")
            case "lengths" | "files" | "contents":
                self._names_fields(name, value)
            case "renamed":
                self._leads_to_fields(value)

    def _unreadable(self, value: ast.Expression, message: str, help: str) -> None:
        self._findings.error("M0226", message, value.span, help=help)

    def _leads_to_fields(self, value: ast.Expression) -> None:
        """M0226 where `renamed` does not lead from former names to fields."""
        declared = self._declared
        for pair in listed(value):
            if not isinstance(pair, ast.Lambda) or len(pair.parameters) != 1 or not isinstance(pair.body, ast.Name):
                message = "`renamed` leads from a former name to a field"
                self._unreadable(pair, message, "write `renamed = steps -> increments`")
            elif pair.body.text not in declared or pair.parameters[0].text in declared:
                known = (
                    f"`{pair.parameters[0].text}` is still one" if pair.body.text in declared else "there is no such field"
                )
                self._findings.error("M0226", "`renamed` leads from a former name to a field", pair.body.span, known)

    def _names_fields(self, name: str, value: ast.Expression) -> None:
        """M0226 where `lengths`, `files` or `contents` does not speak of fields of the type that they are for."""
        wanted, example = (ListType, "lengths = cells -> 2") if name == "lengths" else (TextType, f"{name} = file")
        for each in listed(value):
            field, said = said_of_field(each) or ("", None)
            if field not in self._declared or not isinstance(self._declared[field].type, wanted) or not _fits(name, said):
                self._findings.error("M0226", f"`{name}` speaks of fields", each.span, help=f"write `{example}`")


def _fits(member: str, said: ast.Expression | None) -> bool:
    """Whether this is what `lengths`, `files` or `contents` may say of a field."""
    match member, said:
        case "lengths", ast.Number(is_integer=True):
            return True
        case "files", None | ast.Text():
            return True
        case "contents", None:
            return True
        case "contents", ast.SequenceSyntax(items=ends):
            return all(isinstance(end, ast.Text) for end in ends)
    return False


def _lists_by_field(value: ast.Expression) -> bool:
    """Whether this is `forms { field = [form, form] }`, or a list of such."""
    return all(
        isinstance(one, ast.Constructor) and all(listed_names(each.value) for each in one.fields) for one in listed(value)
    )
