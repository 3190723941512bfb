"""What a spec declares is what is pursued and judged: nothing is dropped between the text and `result.json`."""

from __future__ import annotations

from pathlib import Path

import pytest

import metac
from tests.soundness.oracles import assert_everything_has_a_type, assert_nothing_is_dropped

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.meta"))
QUICKSTART = (ROOT / "specs" / "quickstart.meta").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_are_pursued_as_they_stand(path: Path) -> None:
    design = metac.load(path)
    assert_nothing_is_dropped(design.source, design.graph)
    assert_everything_has_a_type(design.graph)


@pytest.mark.parametrize(
    "more",
    [
        "require volume_fraction(design) >= 0.3\nrequire volume_fraction(design) >= 0.3",
        "match poisson_ratio(pull) to -0.4 within 0.02\nmatch poisson_ratio(pull) to -0.4 within 0.02",
        "minimize poisson_ratio(pull)\nmaximize poisson_ratio(pull)\nrequire poisson_ratio(pull) <= 0",
        "sq(x) = x^2\napp(f, x) = f(x)\nrequire volume_fraction(design) <= app(sq, 0.9)",
        "sq(x) = x^2\napp(f, x) = f(x)\nmatch volume_fraction(design) to app(sq, 0.9)",
        "sq(x) = x^2\napp(f, x) = f(x)\nmatch stress(pull) to e -> 1 MPa * app(sq, e)",
        "twice(f) = x -> f(f(x))\nhalf(x) = x / 2\nlet quarter = twice(half)\nrequire volume_fraction(design) >= quarter(1)",
        "study again = optimize { vary = warp }",
    ],
)
def test_what_is_added_is_pursued_or_an_error(more: str) -> None:
    """Either every declaration is in the plan, or there is an error that has a place in the text."""
    design = metac.compile(f"{QUICKSTART}\n{more}\n")
    errors = [found for found in design.diagnostics if found.severity == "error"]
    if not errors:
        assert_nothing_is_dropped(design.source, design.graph)
        assert_everything_has_a_type(design.graph)
    assert all(found.labels for found in errors)
