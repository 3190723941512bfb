"""The specs of everyday tasks check without a word."""

from pathlib import Path

import pytest

import metac

SPECS = sorted((Path(__file__).parents[2] / "specs" / "own").glob("*.meta"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_checks(spec):
    assert metac.load(spec).diagnostics == ()


def test_they_are_there():
    assert {"mooney_rivlin_sheet"} <= {spec.stem for spec in SPECS}
