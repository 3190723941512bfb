"""Judging targets before a run: what exists is never refused, what cannot be is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import metac
from metac.compiler.interfaces.attainability import BoundedMeasure, Facts
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.grid.bounds import (
    Phase,
    hashin_shtrikman_bulk,
    hashin_shtrikman_shear,
    isotropic_stiffness,
    plane_moduli,
)
from metac.stdlib.measures.attainable import shear_modulus, stiffness, youngs_modulus
from tests.runtime.grid.test_homogenise import stiffness_of


def facts(soft=1.0, stiff=100.0, nu=(0.3, 0.3)):
    materials = tuple(
        Facts(name, "linear_elastic", {"E": young, "nu": poisson, "plane": "stress"})
        for name, young, poisson in zip(("soft", "stiff"), (soft, stiff), nu, strict=True)
    )
    body = Facts("cell", "pixels", {"materials": materials})
    return Facts("_stiffness_1", "stiffness", {"of": Facts("rve", "periodic", {"body": body})}), body


def share(body, lower, upper):
    return (BoundedMeasure(Facts("_volume_fraction_1", "volume_fraction", {"of": body}), lower, upper),)


@settings(max_examples=25, deadline=None)
@given(arrays(float, (5, 6), elements=st.floats(0, 1)))
def test_what_a_picture_has_is_never_refused(density):
    found = np.asarray(stiffness_of(density)[0])
    measure, body = facts()
    mean = float(density.mean())
    assert stiffness(measure, found, 1e-6, ()) is None
    solid = np.round(density)
    found = np.asarray(stiffness_of(np.kron(solid, np.ones((4, 4))), order=2)[0])
    required = share(body, float(solid.mean()), float(solid.mean()))
    assert stiffness(measure, found, 1e-6, required) is None
    assert youngs_modulus(measure, 1 / np.linalg.inv(found)[0, 0], 1e-6, required) is None
    assert shear_modulus(measure, found[2, 2], 1e-6, required) is None
    assert 0 <= mean <= 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ([[50, 12, 1], [12, 60, 0], [0, 0, 15]], "symmetric"),
        ([[50, 80, 0], [80, 60, 0], [0, 0, 15]], "positive definite"),
        ([[150, 12, 0], [12, 150, 0], [0, 0, 15]], "this stiff"),
        ([[109, 12, 0], [12, 20, 0], [0, 0, 5]], "this stiff"),
        ([[0.9, 0.2, 0], [0.2, 0.9, 0], [0, 0, 0.2]], "this soft"),
    ],
)
def test_what_no_composite_has(target, words):
    measure, _ = facts()
    assert words in stiffness(measure, target, 0.0, ()).message
    assert stiffness(measure, target, 200.0, ()) is None


def test_the_share_of_the_stiff_phase_tightens_the_bounds():
    measure, body = facts()
    target = isotropic_stiffness(30.0, 10.0)
    assert stiffness(measure, target, 0.0, ()) is None
    refusal = stiffness(measure, target, 0.0, share(body, None, 0.45))
    assert "Hashin–Shtrikman" in refusal.notes[0] and "45 %" in refusal.notes[0]
    assert "soft" in stiffness(measure, isotropic_stiffness(1.0, 0.5), 0.0, share(body, 0.5, None)).message


def test_lower_bounds_hold_at_a_given_share():
    measure, body = facts()
    phases = [Phase(*plane_moduli(young, 0.3, stress=True), 0.5) for young in (1.0, 100.0)]
    bulk, shear = hashin_shtrikman_bulk(phases).lower, hashin_shtrikman_shear(phases).lower
    half = share(body, 0.5, 0.5)
    assert stiffness(measure, isotropic_stiffness(bulk, shear), 0.0, half) is None
    # Reuss' mean is lower still, so it lets the first of these pass.
    for factors, name in (((0.95, 1.05), "K ="), ((1.05, 0.9), "G =")):
        wanted = isotropic_stiffness(factors[0] * bulk, factors[1] * shear)
        refusal = stiffness(measure, wanted, 0.0, half)
        assert name in refusal.notes[0] and "50 %" in refusal.notes[0]
        assert "soft" in refusal.message
        assert stiffness(measure, wanted, 0.0, ()) is None


def test_unknown_phases_are_not_judged():
    measure, _ = facts()
    body = measure.fields["of"].fields["body"]
    for materials in ((), body.fields["materials"] * 2, (Facts("a", "rubber", {}),) * 2):
        other = Facts(
            "m",
            "stiffness",
            {"of": Facts("rve", "periodic", {"body": body._replace(fields={"materials": materials})})},
        )
        assert stiffness(other, isotropic_stiffness(1e6, 1e6), 0.0, ()) is None


def test_a_judge_that_is_missing_is_told(tmp_path, monkeypatch):
    (tmp_path / "m.py").write_text("class M:\n    def __init__(self, of): self.value = 0.0\n")
    monkeypatch.chdir(tmp_path)
    text = """
    define measure mine {
        of: Body
        attainable = "metac.stdlib.measures.attainable:nothing"
        python "m.py:M" gives Scalar
    }
    material soft = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
    body cell = pixels { density = ["."], size = 1 mm, materials = [soft, soft] }
    match mine(cell) to 1
    """
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).plan()
    assert [each.code for each in caught.value.diagnostics] == ["M0571", "M0503"]
