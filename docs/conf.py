"""The documentation as a site: `python -m sphinx -W docs build/site`."""

from __future__ import annotations

import os
import re
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
FROM_ELSEWHERE = {
    "start": "README.md",
    "changes": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "weights": "stdlib/models/weights/README.md",
}
"""Pages whose text is that of a file outside of this folder."""

project = "metac"
author = "the authors of metac"
release = version = version_of("metac-design")

extensions = ["myst_nb", "sphinxcontrib.mermaid"]
exclude_patterns = ["results/records"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
html_theme = "furo"
html_title = f"metac {version}"
html_copy_source = False

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
nb_execution_mode = "off"  # a test executes the notebook, and its outputs are kept in it
suppress_warnings = ["misc.highlighting_failure"]  # IPython's lexer does not know our diagnostics

FENCE = re.compile(r"^(```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")


def setup(app: Sphinx) -> None:
    """Take pages from elsewhere, and mend links that leave the site."""
    app.connect("source-read", _read)


def _read(_: Sphinx, page: str, source: list[str]) -> None:
    file = ROOT / FROM_ELSEWHERE[page] if page in FROM_ELSEWHERE else DOCS / f"{page}.md"
    if page in FROM_ELSEWHERE:
        source[0] = file.read_text(encoding="utf-8")
    if file.exists():
        source[0] = with_links_of_the_site(source[0], file.parent, (DOCS / page).parent)


def with_links_of_the_site(text: str, folder: Path, page_folder: Path) -> str:
    """Links as they stand for files in `folder`, for a page of the site in `page_folder`.

    What lies outside of the site, in the repository, becomes plain text; what does not exist stays, and Sphinx reports it.
    """

    def mended(link: re.Match[str]) -> str:
        target = (folder / link["target"]).resolve()
        for page, file in FROM_ELSEWHERE.items():
            if target == ROOT / file:
                target = DOCS / f"{page}.md"
        if target.is_relative_to(DOCS) and not target.is_dir():
            shown = f"({os.path.relpath(target, page_folder)}{link['anchor'] or ''})"
            return f"{link['image']}[{link['text']}]{shown}"
        return link["text"] if target.exists() else link[0]

    parts = FENCE.split(text)
    return "".join(part if part.startswith("```") else LINK.sub(mended, part) for part in parts)
