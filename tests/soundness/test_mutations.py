"""Whatever is done to a spec, it is checked without a crash, and every error has a place."""

from __future__ import annotations

import pytest

from tests.soundness.mutations import SLOWEST, mutated, problem_of, sources

TEXTS = sources()


@pytest.mark.parametrize("block", range(4))
def test_damaged_specs_are_checked(block: int) -> None:
    for seed in range(75 * block, 75 * block + 75):
        text = mutated(seed, TEXTS)
        problem = problem_of(text)
        # How long it takes says something of the machine too: that is looked at by hand.
        assert problem is None or problem.startswith("it takes"), f"seed {seed}: {problem}\n{text}"


def test_what_is_wrong_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SLOWEST == 2.0
    monkeypatch.setattr("tests.soundness.mutations.SLOWEST", -1.0)
    assert (problem_of("let a = 1") or "").startswith("it takes")
    monkeypatch.setattr("tests.soundness.mutations.check", lambda *_, **__: 1 / 0)
    assert "ZeroDivisionError" in (problem_of("let a = 1") or "")
