"""Who may import whom: the directions in pyproject.toml hold, and no package is left out of them or of the type checker."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = {contract["source_modules"][0]: contract for contract in SETTINGS["importlinter"]["contracts"]}
PARTS = ("dsl", "compiler", "runtime", "stdlib")
FACE = tuple(
    folder.name
    for folder in sorted((ROOT / "metac").iterdir())
    if not folder.is_symlink() and (folder / "__init__.py").exists()
)
MAY_IMPORT = {"dsl": (), "compiler": ("dsl",), "runtime": (), "stdlib": ("runtime",)}


def test_import_directions_hold() -> None:
    """In a process of its own: import-linter switches off the loggers of the process that it runs in."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_parts_are_all_that_is_at_the_top() -> None:
    found = {folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()}
    assert found == {*PARTS, "metac"}
    assert {"api", "commands"} <= set(FACE)


@pytest.mark.parametrize("part", PARTS)
def test_contracts_name_every_package(part: str) -> None:
    """A package of the face that no contract forbids could be imported from below unnoticed."""
    forbidden = set(CONTRACTS[f"metac.{part}"]["forbidden_modules"])
    wanted = {f"metac.{name}" for name in (*PARTS, *FACE) if name != part and name not in MAY_IMPORT[part]}
    assert forbidden == wanted


def test_the_type_checker_sees_every_package() -> None:
    included = set(SETTINGS["basedpyright"]["include"])
    modules = {f"metac/{file.name}" for file in (ROOT / "metac").glob("*.py")}
    assert included == {*PARTS, *(f"metac/{name}" for name in FACE), *modules, "benchmarks"}


def imported(file: Path) -> set[str]:
    """The top names of all that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_mesh_package_imports_the_meshers() -> None:
    """They are under the GPL (docs/licences.md): who replaces them looks in one place."""
    files = [file for part in (*PARTS, "metac") for file in (ROOT / part).rglob("*.py")]
    users = {file.relative_to(ROOT).parent.as_posix() for file in files if imported(file) & {"gmsh", "pygmsh"}}
    assert users == {"runtime/mesh"}


IMPORTED_AS = {"fonttools": "fontTools", "pillow": "PIL"}
"""Distributions whose modules have another name."""


IN_A_NOTEBOOK = {"IPython"}
"""What is there where `metac/notebook` is asked for something, and is imported nowhere else."""


ON_A_CLUSTER = {"distributed", "dask_jobqueue"}
"""What the extra `cluster` brings; `runtime/cluster` alone imports it."""


def test_every_dependency_is_used_and_every_use_is_a_dependency() -> None:
    """What only tests, benchmarks or the generation of the parser use is in `dev` or another extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w-]", dependency, maxsplit=1)[0] for dependency in project["dependencies"]]
    wanted = {IMPORTED_AS.get(name, name) for name in names}
    of_lark = {"generate_parser.py", "generated_parser.py"}
    files = [file for part in (*PARTS, "metac") for file in (ROOT / part).rglob("*.py") if file.name not in of_lark]
    notebook = {file for file in files if file.is_relative_to(ROOT / "metac" / "notebook")}
    cluster = {file for file in files if file.is_relative_to(ROOT / "runtime" / "cluster")}
    allowed = {**dict.fromkeys(notebook, IN_A_NOTEBOOK), **dict.fromkeys(cluster, ON_A_CLUSTER)}
    used = {name for file in files for name in imported(file) - allowed.get(file, set())}
    assert used - set(sys.stdlib_module_names) - {"metac"} == wanted
