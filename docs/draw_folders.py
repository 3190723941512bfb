"""Draws the folders and the imports that the code makes into architecture.md: `python docs/draw_folders.py`."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/draw_folders.py -->\n", "<!-- end of the drawing -->\n"
PARTS = ("dsl", "compiler", "runtime", "stdlib")
INTERFACES = "compiler.interfaces"
"""Drawn apart from the compiler: the library may import it, and nothing else of the compiler."""


def node_of(module: str) -> str | None:
    """The box of a module of metac; None for the package itself, which imports its parts when they are asked for."""
    names = module.split(".")[1:]
    if ".".join(names[:2]) == INTERFACES:
        return INTERFACES
    if names and names[0] in PARTS:
        return names[0]
    return "metac" if names and names[0] in rooms("metac") else None


def imports_of(file: Path) -> set[str]:
    """Modules of metac that a file imports, wherever in it and for whatever purpose."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # `from metac.dsl import ast` names a module too; any other name stays in the same box.
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name == "metac" or name.startswith("metac.")}


def arrows() -> set[tuple[str, str]]:
    """Pairs (importer, imported) of boxes."""
    found: set[tuple[str, str]] = set()
    for top in (*PARTS, "metac"):
        for file in (ROOT / top).rglob("*.py"):
            if any(parent.is_symlink() for parent in file.parents):
                continue
            inside = file.relative_to(ROOT).with_suffix("").parts
            module = ".".join(inside if top == "metac" else ("metac", *inside))
            source = node_of(module) or "metac"
            found.update((source, target) for name in imports_of(file) if (target := node_of(name)) not in (None, source))
    return {(source, target) for source, target in found if target is not None}


def rooms(part: str) -> list[str]:
    """The packages of a folder."""
    return sorted(file.parent.name for file in (ROOT / part).glob("*/__init__.py") if not file.parent.is_symlink())


def drawing() -> str:
    """A mermaid diagram."""
    lines = ["```mermaid", "flowchart LR"]
    for box in ("metac", "stdlib", INTERFACES, "compiler", "dsl", "runtime"):
        inner = [room for room in rooms(box) if f"{box}.{room}" != INTERFACES] if box != INTERFACES else []
        text = "<br/>".join([f"<b>{box.replace('.', '/')}/</b>", *inner])
        lines.append(f'    {box.replace(".", "_")}["{text}"]')
    lines += [f"    {source.replace('.', '_')} --> {target.replace('.', '_')}" for source, target in sorted(arrows())]
    return "\n".join([*lines, "```"]) + "\n"


def drawn(page: str) -> str:
    """The page with its drawing made again."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + drawing() + END + after


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
