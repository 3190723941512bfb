"""Runs side by side: what was asked, how each ended, what was reached, with what."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from metac.api.report_page.charts import NOT_THERE, Chart
from metac.api.report_page.story import facts, outcome
from metac.api.run_content import RunContent, plan_parameters
from metac.runtime.report import reported, table
from metac.runtime.report.verdicts import Verdict

OPEN = "–"
"""Where a run has no such thing."""
COLOURS = 8
"""Of lines, `--run1` to `--run8` of the page's style."""
LONGEST = 40
"""Characters of a value that is shown whole."""
_ALWAYS = ("steps", "time")
"""Facts that are shown even where they are the same."""


@dataclass(frozen=True)
class Row:
    """One thing, and what it is in each run."""

    group: str
    name: str
    cells: tuple[str, ...]
    code: bool = False
    """Whether the name is a text of the language."""

    @property
    def differs(self) -> bool:
        """Whether not all runs have the same."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True)
class Changes:
    """How the text of a run's spec differs from that of the first."""

    label: str
    lines: tuple[tuple[str, str], ...]
    """Pairs of `+`, `-`, `@` or blank, and a line."""


def labels(paths: Sequence[Path]) -> list[str]:
    """Short names of folders: their own where these differ, else with as much before as distinguishes them."""
    parts = [path.resolve().parts for path in paths]
    for count in range(1, max(map(len, parts)) + 1):
        found = ["/".join(each[-count:]) for each in parts]
        if len(set(found)) == len(found):
            return found
    return [str(path) for path in paths]


def rows(runs: Sequence[RunContent]) -> list[Row]:
    """All that can be laid side by side; what was given and made the same way in all runs is left out.

    Raises:
        FolderFailure: if a plan is not what metac writes.
    """
    return [*_given(runs), *_reached(runs), *_made(runs)]


def _given(runs: Sequence[RunContent]) -> Iterator[Row]:
    """Values of parameters that differ."""
    values = [{name: _value(value) for name, value in plan_parameters(run.path).items()} for run in runs]
    for name in dict.fromkeys(name for each in values for name in each):
        row = Row("What was asked", name, tuple(each.get(name, OPEN) for each in values), code=True)
        if row.differs:
            yield row


def _value(value: Any) -> str:
    """In internal units; of a long list a hash, so that two that differ can be distinguished."""
    text = json.dumps(value)
    if len(text) <= LONGEST:
        return text
    return f"{len(value)} entries, {sha256(text.encode()).hexdigest()[:8]}"


def _reached(runs: Sequence[RunContent]) -> Iterator[Row]:
    """How each run ended, then goals, requirements and reports in the order of the first run that has them."""
    group = "What was reached"
    yield Row(group, "outcome", tuple(outcome(run)[1] for run in runs))
    yield Row(group, "loss", tuple(_number(run.summary.get("loss")) for run in runs))
    verdicts = [{each.name: each for each in run.verdicts} for run in runs]
    for name in dict.fromkeys(name for each in verdicts for name in each):
        yield Row(group, name, tuple(_verdict(each.get(name)) for each in verdicts), code=True)
    reports = [{each[0]: each for each in reported.rows(run.reports)} for run in runs]
    for name in dict.fromkeys(name for each in reports for name in each):
        yield Row("Reports", name, tuple(_report(each.get(name)) for each in reports), code=True)
    varied = [run.summary.get("varied") or {} for run in runs]
    for name in dict.fromkeys(name for each in varied for name in each):
        yield Row("Values that were found", name, tuple(_varied(each.get(name)) for each in varied), code=True)


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return OPEN
    fresh, word = table.fresh(verdict), table.word(verdict)
    checked = f" (fresh mesh: {fresh})" if fresh != table.OPEN else ""
    return f"{table.own(verdict)}{checked}" + (f", {word}" if word != table.OPEN else "")


def _report(row: tuple[str, ...] | None) -> str:
    if row is None:
        return OPEN
    _, value, fresh, note = row
    return value + (f" (fresh mesh: {fresh})" if fresh != OPEN else "") + (f"; {note}" if note != OPEN else "")


def _varied(entry: Mapping[str, Any] | None) -> str:
    if entry is None or not isinstance(entry.get("value"), int | float):
        return OPEN
    error = entry.get("standard_error")
    plus = f" ± {error:.2g}" if isinstance(error, int | float) else ""
    return f"{entry['value']:.6g}{plus} {entry.get('unit', '')}".rstrip()


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else OPEN


def _made(runs: Sequence[RunContent]) -> Iterator[Row]:
    """Facts that differ; steps and time in any case."""
    found = [{name: _shortened(value) for name, value in facts(run)} for run in runs]
    left_out = ("status", "started", "ended", "values set from outside")
    for name in dict.fromkeys(name for each in found for name in each):
        row = Row("How it was made", name, tuple(each.get(name, OPEN) for each in found))
        if name in _ALWAYS or (row.differs and name not in left_out):
            yield row


def _shortened(text: str) -> str:
    """The first characters of a hash identify it."""
    return text[:12] if len(text) == 2 * sha256().digest_size and text.isalnum() else text


def changes(runs: Sequence[RunContent], names: Sequence[str]) -> list[Changes]:
    """What differs in the texts of the specs, from the first; those that are the same are left out."""
    first = runs[0].spec.splitlines()
    found = []
    for run, name in zip(runs[1:], names[1:], strict=True):
        lines = list(difflib.unified_diff(first, run.spec.splitlines(), lineterm="", n=1))[2:]
        if lines:
            found.append(Changes(name, tuple((line[:1], line[1:] if line[:1] != "@" else line) for line in lines)))
    return found


def overlaid(charts: Sequence[Sequence[Chart]], names: Sequence[str]) -> list[Chart]:
    """Charts of several runs, one list a run, those of one title in one: what each run reached, and one target."""
    titles = dict.fromkeys(chart.title for each in charts for chart in each)
    return [_overlaid(title, charts, names) for title in titles]


def _overlaid(title: str, charts: Sequence[Sequence[Chart]], names: Sequence[str]) -> Chart:
    # A goal that is also reported is one line.
    ones = (next((chart for chart in each if chart.title == title), None) for each in charts)
    found = [(place, chart) for place, chart in enumerate(ones) if chart is not None]
    drawn = [
        (chart.abscissa, replace(chart.series[0], label=names[place], role=f"run{place % COLOURS + 1}"))
        for place, chart in found
    ]
    wanted = [(chart.abscissa, line) for _, chart in found for line in chart.series if line.role == "target"]
    # Runs that ask for the same have the same target: it is drawn once.
    targets = {(line.label, tuple(abscissa), tuple(line.values)): (abscissa, line) for abscissa, line in wanted}
    lines = [*drawn, *targets.values()]
    places = sorted({place for abscissa, _ in lines for place in abscissa})
    series = [replace(line, values=_at(places, abscissa, line.values)) for abscissa, line in lines]
    first = found[0][1]
    return Chart(title, first.horizontal, first.vertical, places, series, [], all(chart.logarithmic for _, chart in found))


def _at(places: Sequence[float], abscissa: Sequence[float], values: Sequence[Any]) -> list[Any]:
    """Values at the places of all runs; NOT_THERE at those of others, over which the line goes on."""
    known = dict(zip(abscissa, values, strict=True))
    return [known.get(place, NOT_THERE) for place in places]
