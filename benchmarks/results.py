"""The runs behind docs/results: makes them, records what they reached, and writes pages and pictures.

    python benchmarks/results.py --list                      # what there is, and what is recorded
    python benchmarks/results.py negative_poisson p4 …       # run these, record them, write their pages and pictures
    python benchmarks/results.py --pages                     # write the pages again from what is recorded

Recipes are in `results.toml`, records in `docs/results/records/`: commit, machine, date, the spec's hash and the numbers of
`result.json`. No number of a page's table of recorded runs is written by hand. A run is of committed files only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "benchmarks" / "results.toml"
PAGES = ROOT / "docs" / "results"
RECORDS = PAGES / "records"
BEGIN, END = "<!-- written by benchmarks/results.py -->", "<!-- end of what benchmarks/results.py writes -->"
DIGITS = 4
RESULT_CODES = (0, 3)
"""Exit codes of runs that came to their end: every goal met, or not every one."""


@dataclass(frozen=True)
class Recipe:
    """One run."""

    name: str
    page: str
    title: str
    spec: str
    settings: tuple[str, ...]
    figures: Mapping[str, str]

    @property
    def command(self) -> str:
        """As a user would type it."""
        sets = [f"--set {shlex.quote(setting)}" for setting in self.settings]
        return " ".join(["metac run", f"specs/{self.spec}", *sets])

    @property
    def record(self) -> Path:
        """Where what it reached is saved."""
        return RECORDS / f"{self.name}.json"


def recipes() -> dict[str, Recipe]:
    """By name, in the order of the file."""
    known = tomllib.loads(RECIPES.read_text(encoding="utf-8"))
    return {
        name: Recipe(
            name, each["page"], each["title"], each["spec"], tuple(each.get("settings", ())), each.get("figures", {})
        )
        for name, each in known.items()
    }


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
        "remeshed": sum("failed" not in each for each in summary["remeshed"]),
        "result": {key: summary[key] for key in kept},
    }


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


def table(page: str) -> str:
    """The recorded runs of a page, one row a goal."""
    rows = ["| run | goal | on its own mesh | on the fresh one | verdict |", "| --- | --- | --- | --- | --- |"]
    notes = []
    for recipe in recipes().values():
        if recipe.page != page or not recipe.record.exists():
            continue
        record = json.loads(recipe.record.read_text(encoding="utf-8"))
        for number, (name, goal) in enumerate(record["result"]["goals"].items()):
            rows.append(f"| {recipe.title if not number else ''} | {_goal_cells(name, goal)} |")
        notes.append(f"- **{recipe.title}**: {_note(record)}")
    return "\n".join([*rows, "", *notes])


def _goal_cells(name: str, goal: Mapping[str, Any]) -> str:
    fresh = goal.get("fresh_mesh")
    judged = goal["sense"] not in ("minimize", "maximize") or "reason" in goal
    verdict = ("met" if goal["verdict"] else "not met") if judged else "–"
    if "reason" in goal:
        verdict += f": {goal['reason']}"
    cells = [f"`{name}`", _reached(goal, goal), "–" if fresh is None else _reached(fresh, goal), verdict]
    return " | ".join(cell.replace("|", "\\|") for cell in cells)


def _reached(values: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """A number with its unit; of curves and tensors how far it is from its target at most."""
    unit = f" {goal['unit']}" if goal["unit"] else ""
    value = values["value"]
    if isinstance(value, list):
        off = values.get("deviation")
        return "fails" if off is None else f"off by {_number(off)}{unit}"
    return "fails" if value is None else f"{_number(value)}{unit}"


def _number(value: float | str) -> str:
    return f"{float(value):.{DIGITS}g}".replace("-", "−")


def _note(record: Mapping[str, Any]) -> str:
    machine, result = record["machine"], record["result"]
    parts = [f"`{record['command']}`", f"{result['steps']} steps, ended by: {result['ended']}"]
    if record["remeshed"]:
        parts.append("remeshed once" if record["remeshed"] == 1 else f"remeshed {record['remeshed']} times")
    parts.append(
        f"{record['seconds']:.0f} s on {machine['cores']} cores of {machine['processor']} at load {machine['load_at_start']}"
    )
    parts.append(f"{record['date']}, commit {record['commit']}")
    parts += [_contact(name, each) for name, each in result["loads"].items()]
    return "; ".join(parts) + "."


def _contact(name: str, load: Mapping[str, Any]) -> str:
    """Whether the body passes through itself, on either mesh."""
    found = {"": load["self_contact"], ", on the fresh mesh": load.get("fresh_mesh", {}).get("self_contact")}
    places = [
        f"from increment {each['increment']} (strain {100 * each['strain']:.3g} %){where}"
        for where, each in found.items()
        if each
    ]
    return f"self-contact in `{name}` {' and '.join(places)}" if places else f"no self-contact in `{name}`"


def written(page: str, text: str) -> str:
    """A page with its table of recorded runs made again.

    Raises:
        ValueError: if it has no place for one.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}.md has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(page)}\n\n{END}{after}"


def write_pages() -> None:
    """All pages that recipes name."""
    for page in dict.fromkeys(recipe.page for recipe in recipes().values()):
        path = PAGES / f"{page}.md"
        path.write_text(written(page, path.read_text(encoding="utf-8")), encoding="utf-8")


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
