"""The experiments behind docs/results/elastic_networks.md: makes them, records their numbers, draws their figures.

    python benchmarks/elastic_networks.py --list              # what there is, and what is recorded
    python benchmarks/elastic_networks.py rollouts sizes      # run these, record them, write the page
    python benchmarks/elastic_networks.py --page              # write figures and page again from what is recorded

Records are `docs/results/records/elastic_networks/*.json`, with commit, date, machine and processor time. Trajectories and
trained simulators are cached as those of any spec; a training that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from elastic_networks_outside import heat, rates
from elastic_networks_rollouts import Record, complexity, rollouts, sizes, temperatures
from elastic_networks_training import amount, messages, relative
from springs import speeds

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results" / "elastic_networks.md"
RECORDS = ROOT / "docs" / "results" / "records" / "elastic_networks"

EXPERIMENTS: Mapping[str, Callable[[], Record]] = {
    "rollouts": rollouts,
    "sizes": sizes,
    "temperatures": temperatures,
    "complexity": complexity,
    "speeds": speeds,
    "rates": rates,
    "heat": heat,
    "messages_few": lambda: messages(history=3, steps=1000, packings=4),
    "messages_h1": lambda: messages(history=1),
    "messages_h2": lambda: messages(history=2),
    "messages_h3": lambda: messages(history=3),
    "messages_noise": lambda: messages(history=3, noise=5e-6),
    "messages_unrolled": lambda: messages(history=3, steps=1000, unrolled=(6,)),
    "messages_relative": lambda: relative(1),
    "messages_velocities": lambda: relative(3, (1, 1, 6), steps=6000, last_rate="2e-5"),
    "messages_velocities_longer": lambda: relative(3, (1, 1, 1, 1, 6), steps=20_000, last_rate="1e-5"),
    "messages_long": lambda: relative(3, (1, 6, 24), steps=100_000),
    **{f"amount_{packings}": partial(amount, packings) for packings in (1, 2, 4, 8, 32)},
    "amount_700": lambda: amount(700, batch=160),  # 3500 networks, as many as in the paper
    "trained_on_ordinary_networks": lambda: amount(4, ratios="lowest = 0.15"),
    "trained_on_auxetic_networks": lambda: amount(4, ratios="highest = -0.1, lowest = -0.5"),
    "trained_on_20_snapshots": lambda: amount(4, window=20),
    "seed_1": lambda: amount(4, seed=1),
    "seed_2": lambda: amount(4, seed=2),
    **{f"five_{seed}": partial(amount, 1, seed=seed) for seed in (1, 2, 3, 4)},
}


def recorded(name: str) -> Record | None:
    """What was recorded of an experiment."""
    path = RECORDS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def made_from() -> dict[str, str | list[str]]:
    """The commit of `main` that this tree is built upon, as later ones may be rebased; files that differ from it."""
    base = _git("merge-base", "HEAD", "main") or _git("rev-parse", "HEAD")
    changed = _git("diff", "--name-only", base, "--", "runtime", "stdlib", "compiler", "metac").split()
    return {"commit": base, "changed since": changed}


def is_known(commit: str) -> bool:
    """Whether the history of this tree has the commit."""
    asked = ["git", "merge-base", "--is-ancestor", commit, "HEAD"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def _git(*arguments: str) -> str:
    """What git says; nothing where it fails."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def record(name: str) -> None:
    """Run an experiment, and keep its numbers."""
    start, clock = time.process_time(), time.monotonic()
    numbers = EXPERIMENTS[name]()
    about = {
        **made_from(),
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {platform.system()}",
        "processor seconds": round(time.process_time() - start, 1),
        "seconds": round(time.monotonic() - clock, 1),
    }
    RECORDS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"about": about, "numbers": numbers}, ensure_ascii=False, default=float)
    (RECORDS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {about['seconds']} s")


def main(arguments: Sequence[str]) -> int:
    """Run, record, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="EXPERIMENT", choices=[*EXPERIMENTS, []])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args(arguments)
    if given.list or not (given.names or given.page):
        for name in EXPERIMENTS:
            found = recorded(name)
            print(f"{name:30} {found['about']['date'] if found else '–'}")
        return 0
    for name in given.names:
        record(name)
    from elastic_networks_page import write_page

    found = {name: each for name in EXPERIMENTS if (each := recorded(name))}
    known = {name: each["numbers"] for name, each in found.items()}
    spent = {name: each["about"]["processor seconds"] for name, each in found.items()}
    strange = {name: each["about"]["commit"] for name, each in found.items() if not is_known(each["about"]["commit"])}
    write_page(PAGE, known, spent, [name for name in EXPERIMENTS if name not in known], strange)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
