"""Designs and results as HTML, for notebooks. Colours are given with their background, so that dark pages show them too."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from metac.dsl.diagnostics.diagnostic import Diagnostic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.api.compilation import Compilation
    from metac.api.result import Result

CARD = "background:#fff;color:#222;border:1px solid #ccc;border-radius:4px;padding:8px;overflow-x:auto"
CELL = "text-align:left;padding:2px 12px 2px 0"
MOST_PICTURES = 4
"""The last ones."""
DOTS = 80
"""Of pictures, per inch."""
VERDICTS = {"met": "#1b7837", "missed": "#b2182b"}
"""Colours of what a verdict begins with."""


def design_html(design: Compilation) -> str:
    """The spec in colour, what was set from outside, and its diagnostics."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    from metac.api.spec_lexer import SpecLexer

    text = highlight(design.source.text, SpecLexer(), HtmlFormatter(noclasses=True, nobackground=True))
    parts = [f"<b>{escape(design.name)}</b>", text]
    if design.overrides:
        parts.append(table(("set", "to"), [(name, str(value)) for name, value in design.overrides.items()]))
    if design.diagnostics:
        parts.append(diagnostics_html(design.diagnostics))
    return _card(parts)


def diagnostics_html(found: Sequence[Diagnostic]) -> str:
    """As in the terminal."""
    from metac.dsl.diagnostics.render import render

    return f'<pre style="{CARD}">{escape(render(found))}</pre>'


def result_html(result: Result) -> str:
    """What was reached, with pictures of the design."""
    from metac.runtime.report import reported
    from metac.runtime.report.table import HEADINGS, rows

    parts = [f"<b>{escape(repr(result).strip('<>'))}</b>"]
    if result.failure is not None:
        parts.append(diagnostics_html([result.failure]))
    if result.goals:
        parts.append(table(HEADINGS, rows(tuple(result.goals.values()))))
    if result.reports:
        parts.append(table(reported.HEADINGS, reported.rows(tuple(result.reports.values()))))
    if result.warnings:
        parts.append(diagnostics_html(result.warnings))
    if result.folder is not None:
        parts.append(f"<div>files: <code>{escape(str(result.folder))}</code></div>")
    return _card([*parts, *_pictures(result)])


def table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A plain table; verdicts in their colours."""
    head = "".join(f'<th style="{CELL}">{escape(each)}</th>' for each in headings)
    body = "".join(f"<tr>{''.join(_cell(each) for each in line)}</tr>" for line in lines)
    return f'<table style="color:#222"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(text: str) -> str:
    colour = VERDICTS.get(text.split(":")[0])
    style = f"{CELL};color:{colour};font-weight:bold" if colour else CELL
    return f'<td style="{style}">{escape(text)}</td>'


def _pictures(result: Result) -> list[str]:
    """Bodies and loaded states as PNG; none of a result whose bodies would have to be made again."""
    if not result.at_hand:
        return []
    from metac.runtime.report.drawings import figure_of

    images = []
    for drawing in result.drawings[-MOST_PICTURES:]:
        data = base64.b64encode(png_of(figure_of(drawing))).decode()
        images.append(f'<div><img alt="{escape(drawing.name)}" src="data:image/png;base64,{data}"/></div>')
    return images


def png_of(figure: Figure) -> bytes:
    """A figure as it is shown in a notebook."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=DOTS)
    return image.getvalue()


def _card(parts: Iterable[str]) -> str:
    return f'<div style="{CARD}">{"".join(parts)}</div>'
