"""The half MBB beam against the compliances of the 88-line code (Andreassen et al., SMO 43, 2011, section 3.5)."""

from pathlib import Path
from typing import Any

import jax
import pytest

import metac
from metac.runtime.runs.recorder import Recorder

SPEC = Path(__file__).parents[2] / "specs" / "density" / "half_mbb_beam.meta"


@pytest.mark.parametrize(("filtered", "compliance"), [("sensitivities", 216.81), ("densities", 233.71)])
def test_compliance(filtered, compliance):
    program = metac.load(SPEC).set(**{"variables.filtered": filtered}).program()
    study: Any = program.studies["fit"]
    outcome = study.run(program, jax.random.key(0), Recorder())
    assert outcome.reason == "stop rule" and 90 < outcome.steps < 200
    assert outcome.loss == pytest.approx(compliance, rel=1e-3)
    (volume,) = outcome.report.requirements.values()
    assert float(volume.value) == pytest.approx(0.5, abs=1e-9) and bool(volume.met)
