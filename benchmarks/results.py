"""The runs behind docs/results: makes them, records what they reached, and writes pages and pictures.

    python benchmarks/results.py --list                      # what there is, and what is recorded
    python benchmarks/results.py negative_poisson p4 …       # run these, record them, write their pages and pictures
    python benchmarks/results.py --pages                     # write the pages again from what is recorded

Recipes are in `results.toml`, records in `docs/results/records/`: commit, machine, date, the spec's hash and the numbers of
`result.json`. No number of a page's table of recorded runs is written by hand. A run is of committed files only.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from results_pages import PAGES, RECORDS, ROOT, Recipe, recipes, write_pages, written

RESULT_CODES = (0, 3)
"""Exit codes of runs that came to their end: every goal met, or not every one."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spec_hash(path: Path) -> str:
    """SHA-256 of what a spec says, whatever its layout and comments."""
    from metac.dsl.formatter import format_module
    from metac.dsl.parser import parse
    from metac.dsl.source import Source

    module = parse(Source(path.name, path.read_text(encoding="utf-8"))).module
    return hashlib.sha256(format_module(module).encode()).hexdigest()


def make(recipe: Recipe) -> dict[str, Any]:
    """Run a recipe and give its record; its pictures are put in their places.

    Raises:
        SystemExit: if files of the checkout are changed, or the run does not come to its end.
    """
    commit = _commit()
    with TemporaryDirectory() as scratch:
        out = Path(scratch) / "run"
        sets = [part for setting in recipe.settings for part in ("--set", setting)]
        command = [sys.executable, "-m", "metac", "run", f"specs/{recipe.spec}", *sets, "--out", str(out)]
        load, start = os.getloadavg()[0], time.perf_counter()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        seconds = time.perf_counter() - start
        if code not in RESULT_CODES:
            raise SystemExit(f"{recipe.name}: `{recipe.command}` ended with {code}; nothing is recorded")
        summary = json.loads((out / "result.json").read_text(encoding="utf-8"))
        about = json.loads((out / "run.json").read_text(encoding="utf-8"))
        for file, picture in recipe.figures.items():
            shutil.copyfile(out / file, ROOT / "docs" / picture)
        tables = {name: _rows(out / name) for name in recipe.tables}
    kept = ("met", "loss", "loss_on_fresh_mesh", "steps", "ended", "goals", "loads", "warnings")
    return {
        "command": recipe.command,
        "exit_code": code,
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit,
        "machine": {**_machine(), "load_at_start": round(load, 1)},
        "versions": about["versions"],
        "solver": about["solver"],
        "plan_hash": about["plan_hash"],
        "spec_hash": spec_hash(ROOT / "specs" / recipe.spec),
        "pictures": {picture: file_hash(ROOT / "docs" / picture) for picture in recipe.figures.values()},
        "seconds": round(seconds, 1),
        **({"tables": tables} if tables else {}),
        "remeshed": sum("failed" not in each for each in summary["remeshed"]),
        "result": {key: summary[key] for key in kept},
    }


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

    changed = [line for line in git("status", "--porcelain").splitlines() if "docs/" not in line]
    if changed:
        raise SystemExit("a record names a commit: commit these first\n" + "\n".join(changed))
    return git("rev-parse", "--short=10", "HEAD")


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"processor": models[0] if models else platform.processor() or platform.machine(), "cores": os.cpu_count()}


def faults() -> list[str]:
    """What no longer agrees: records with their specs and pictures, pages with the records."""
    found = []
    for recipe in recipes().values():
        if not recipe.record.exists():
            continue
        record = json.loads(recipe.record.read_text(encoding="utf-8"))
        again = f"run `python benchmarks/results.py {recipe.name}`"
        if record["command"] != recipe.command:
            found.append(f"{recipe.name}: recorded was another command; {again}")
        if record["spec_hash"] != spec_hash(ROOT / "specs" / recipe.spec):
            found.append(f"{recipe.name}: specs/{recipe.spec} has changed since; {again}")
        if set(record["pictures"]) != set(recipe.figures.values()):
            found.append(f"{recipe.name}: other pictures were recorded; {again}")
        for picture, content in record["pictures"].items():
            if content != file_hash(ROOT / "docs" / picture):
                found.append(f"{recipe.name}: docs/{picture} is not the picture that the run gave; {again}")
    for page in dict.fromkeys(recipe.page for recipe in recipes().values()):
        text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        if text != written(page, text):
            found.append(
                f"docs/results/{page}.md: its table is not that of the records; run `benchmarks/results.py --pages`"
            )
    return found


def main() -> None:
    """See the head of this file."""
    known = recipes()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a recipe")
    parser.add_argument("--list", action="store_true", help="show all recipes")
    parser.add_argument("--pages", action="store_true", help="write the pages from the records")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"there is no recipe {unknown[0]}; see --list")
    if arguments.list:
        for recipe in known.values():
            print(f"{recipe.name:30} {'recorded' if recipe.record.exists() else '-':9} {recipe.command}")
    RECORDS.mkdir(exist_ok=True)
    for name in arguments.names:
        record = make(known[name])
        known[name].record.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        write_pages()
    if arguments.pages:
        write_pages()
    if not (arguments.list or arguments.names or arguments.pages):
        parser.print_help()


if __name__ == "__main__":
    main()
