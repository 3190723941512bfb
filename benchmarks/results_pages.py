"""The pages of docs/results, written from the records of the runs behind them (see `results.py`)."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "benchmarks" / "results.toml"
PAGES = ROOT / "docs" / "results"
RECORDS = PAGES / "records"
BEGIN, END = "<!-- written by benchmarks/results.py -->", "<!-- end of what benchmarks/results.py writes -->"
DIGITS = 4


@dataclass(frozen=True)
class Recipe:
    """One run."""

    name: str
    page: str
    title: str
    spec: str
    settings: tuple[str, ...]
    figures: Mapping[str, str]
    tables: tuple[str, ...] = ()
    """CSV files of the run folder that stand on the page."""

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
            name,
            each["page"],
            each["title"],
            each["spec"],
            tuple(each.get("settings", ())),
            each.get("figures", {}),
            tuple(each.get("tables", ())),
        )
        for name, each in known.items()
    }


def table(page: str) -> str:
    """The recorded runs of a page, one row a goal."""
    rows: list[str] = []
    notes, tables = [], []
    for recipe in recipes().values():
        if recipe.page != page or not recipe.record.exists():
            continue
        record = json.loads(recipe.record.read_text(encoding="utf-8"))
        for number, (name, goal) in enumerate(record["result"]["goals"].items()):
            rows.append(f"| {recipe.title if not number else ''} | {_goal_cells(name, goal)} |")
        notes.append(f"- **{recipe.title}**: {_note(record)}")
        tables += [line for name, cells in record.get("tables", {}).items() for line in _table(recipe.title, name, cells)]
    headings = ["| run | goal | on its own mesh | on the fresh one | verdict |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*([*headings, *rows, ""] if rows else []), *notes, *tables])


def _table(title: str, name: str, cells: list[list[str]]) -> list[str]:
    """A CSV file of a run, its first row the headings."""
    rows = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in cells]
    return ["", f"`{name}` of {title}:", "", rows[0], "| " + " | ".join("---" for _ in cells[0]) + " |", *rows[1:]]


def _cell(text: str) -> str:
    """Numbers as they are written elsewhere on a page."""
    try:
        return text if text.lstrip("-").isdigit() else _number(text)
    except ValueError:
        return text.replace("|", "\\|")


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
