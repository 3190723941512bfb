"""Warnings that a spec allows: `# metac: allow M0216` at the end of a line, or on lines of its own before it.

Errors are never allowed, and a comment that allows nothing is itself warned of, so that none outlives its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.source import Source, Span

_COMMENT = re.compile(
    r'^(?P<before>(?:[^#"\n]|"(?:[^"\\\n]|\\.)*")*)(?P<comment>#[ \t]*metac:(?P<said>[^\r\n]*))', re.MULTILINE
)
_ALLOW = re.compile(r"[ \t]*allow((?:[ \t,]+[A-Z]+\d+\b)+)")


@dataclass(frozen=True)
class _Allowed:
    codes: frozenset[str]
    line: int
    span: Span


def without_allowed(found: Sequence[Diagnostic], source: Source, imported: Iterable[Source] = ()) -> tuple[Diagnostic, ...]:
    """The diagnostics without the warnings that a spec allows, and with one for each comment in it that allows nothing.

    Comments of imported files count as well; what they allow may be reported only where that file is checked by itself.
    """
    for each in imported:
        told = {id(diagnostic) for diagnostic in found}
        found = [diagnostic for diagnostic in _without_allowed(found, each) if id(diagnostic) in told]
    return _without_allowed(found, source)


def _without_allowed(found: Sequence[Diagnostic], source: Source) -> tuple[Diagnostic, ...]:
    if "metac:" not in source.text:
        return tuple(found)
    kept, used = list(found), set[tuple[Span, str]]()
    allowed = list(_comments(source, kept))
    for each in found:
        # Of a value from outside, `--set`, a second place says which object it is given to.
        span = next((label.span for label in each.labels if label.span.source == source), None)
        if each.severity != "warning" or span is None:
            continue
        line, _ = source.position(span.start)
        comment = next((one for one in allowed if one.line == line and each.code in one.codes), None)
        if comment is not None:
            kept.remove(each)
            used.add((comment.span, each.code))
    if not any(each.severity == "error" for each in found):
        for one in allowed:
            kept += [_nothing_to_allow(one.span, code) for code in sorted(one.codes) if (one.span, code) not in used]
    return tuple(kept)


def _comments(source: Source, kept: list[Diagnostic]) -> Iterator[_Allowed]:
    for comment in _COMMENT.finditer(source.text):
        span = Span(source, *comment.span("comment"))
        said = _ALLOW.match(comment["said"])
        if said is None:
            label = Label(span, "expected `# metac: allow M0216`, with codes of warnings")
            kept.append(Diagnostic("M0229", "this comment allows nothing", (label,), severity="warning"))
            continue
        line, _ = source.position(span.start)
        if not comment["before"].strip():
            line = _next_line(source, line)
        yield _Allowed(frozenset(re.findall(r"[A-Z]+\d+", said[1])), line, span)


def _next_line(source: Source, line: int) -> int:
    """The next line that is neither empty nor a comment."""
    following = range(line + 1, len(source.line_starts) + 1)
    return next((number for number in following if source.line(number).strip()[:1] not in ("", "#")), line)


def _nothing_to_allow(span: Span, code: str) -> Diagnostic:
    label = Label(span, "this comment can go")
    help = "it speaks of the line it stands on, or of the next one where it stands alone; errors are never allowed"
    message = f"there is no warning {code} to allow"
    return Diagnostic(
        "M0229", message, (label,), help=help, severity="warning", fix=Fix(span, "") if _alone(span, code) else None
    )


def _alone(span: Span, code: str) -> bool:
    """Whether the comment speaks of this code alone, without a reason, so that it can go as a whole."""
    return re.fullmatch(rf"#[ \t]*metac:[ \t]*allow[ \t]+{code}[ \t]*", span.text) is not None
