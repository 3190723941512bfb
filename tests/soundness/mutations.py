"""Specs that somebody, or a machine, has damaged: pieces taken away, doubled, swapped, replaced by pieces of other specs.

`python -m tests.soundness.mutations 20000` tries so many, from `--from SEED`, and tells what crashed and what was slow.
"""

from __future__ import annotations

import argparse
import random
import re
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from metac.compiler.pipeline import check
from metac.dsl.diagnostics.render import render
from metac.dsl.source import Source
from tests.soundness.oracles import assert_everything_has_a_type, assert_nothing_is_dropped

ROOT = Path(__file__).parents[2]
PIECES = re.compile(r"\w+|\s+|[^\w\s]")
STRANGE = (
    *("0", "-1", "1e400", "9^9^9", "1/0", "none", "true", '"a"', "[]", "[1, 2 mm]", "0 .. 1", "x -> x", "x -> y -> x", "{}"),
    *("in", "by", "if", "then", "else", "for", "import", "define", "param"),
    *("(", ")", "[", "]", "{", "}", '"', "#", "\n", "\u202e"),
    *("mm", "MPa", "%", "°", "10**400", "pi", "inf", "F.T*F", "det(F)", "sum([1, 2])"),
    *("g", "warp", "pull", "design", "rubber"),
)
SLOWEST = 2.0
"""Seconds of processor time that no check may take."""


def sources() -> list[str]:
    """The specs that are damaged: ours, the definitions of the library, and the bad ones."""
    files = [
        *sorted((ROOT / "specs").rglob("*.meta")),
        *sorted((ROOT / "tests" / "golden").glob("*.meta")),
        *sorted((ROOT / "stdlib").rglob("*.meta")),
    ]
    texts = [file.read_bytes().decode("utf-8", errors="replace") for file in files]
    quickstart = (ROOT / "specs" / "quickstart.meta").read_text(encoding="utf-8")
    return [*texts, *[quickstart] * (len(texts) // 3)]


def mutated(seed: int, texts: Sequence[str]) -> str:
    """The damaged spec of a seed."""
    chance = random.Random(seed)
    pieces = PIECES.findall(chance.choice(texts))
    others = PIECES.findall(chance.choice(texts))
    for _ in range(chance.choice([1, 1, 2, 3, 5, 10])):
        if not pieces:
            break
        place, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
        end = min(len(pieces), place + chance.choice([1, 1, 2, 5, 20]))
        sort = chance.randrange(7)
        if sort == 0:
            del pieces[place:end]
        elif sort == 1:
            pieces[place:place] = pieces[place:end] * chance.choice([1, 1, 3, 50])
        elif sort == 2:
            pieces[place], pieces[other] = pieces[other], pieces[place]
        elif sort == 3:
            pieces[place] = chance.choice(STRANGE)
        elif sort == 4:
            pieces.insert(place, f" {chance.choice(STRANGE)} ")
        elif sort == 5 and others:
            start = chance.randrange(len(others))
            pieces[place:place] = others[start : start + chance.choice([1, 5, 30])]
        else:
            names = [piece for piece in pieces if piece.isidentifier()]
            pieces[place] = chance.choice(names) if names else "x"
    return "".join(pieces)


def problem_of(text: str) -> str | None:
    """What is wrong with how a text is checked, in words; None where all is well."""
    source = Source("<mutated>", text)
    start = time.process_time()
    try:
        result = check(source, folder=ROOT / "tests" / "golden")
        errors = [found for found in result.diagnostics if found.severity == "error"]
        render(result.diagnostics)
        if not all(found.labels for found in errors):
            return f"an error without a place: {next(found.message for found in errors if not found.labels)}"
        if any(found.code == "M0515" for found in errors):
            return "a statement that cannot be worked out, without another error"
        if result.design is not None:
            assert_everything_has_a_type(result.design)
            if not any(each.default is None for each in result.design.parameters.values()):
                assert_nothing_is_dropped(source, result.design)
    except Exception:
        return traceback.format_exc(limit=-4)
    seconds = time.process_time() - start
    return f"it takes {seconds:.1f} s" if seconds > SLOWEST else None


def main() -> None:
    """Try specs, and tell of those that are not checked as they should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    arguments = parser.parse_args()
    texts, bad, start = sources(), 0, time.process_time()
    for seed in range(arguments.first, arguments.first + arguments.count):
        problem = problem_of(mutated(seed, texts))
        if problem is not None:
            bad += 1
            print(f"seed {seed}: {problem}", flush=True)
        if (tried := seed + 1 - arguments.first) % 500 == 0 and tried < arguments.count:
            print(f"{tried} tried, {bad} bad, {time.process_time() - start:.0f} s", flush=True)
    print(f"{arguments.count} specs from seed {arguments.first}: {bad} bad, {time.process_time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
