"""What is not a material law is found, and said once."""

from __future__ import annotations

import pytest

from metac.compiler.lower.energy_checks import check_energy


def codes(found):
    return [diagnostic.code for diagnostic in found]


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize(
    ("law", "fields", "members"),
    [
        ("neo_hookean", {"E": 50.0, "nu": 0.46}, {}),
        ("neo_hookean", {"E": 1e-3, "nu": -0.9}, {}),
        ("neo_hookean", {"E": 210e3, "nu": 0.4999}, {}),
        ("compressible_neo_hookean", {"G": 1.0, "K": 10.0}, {}),
        ("linear_elastic", {"E": 1.0, "nu": 0.3, "plane": "stress"}, {"strain": "small"}),
    ],
)
def test_laws_pass(make, law, fields, members, dimension):
    assert check_energy(make.material(getattr(make, law)(), **members), fields, dimension=dimension) == ()


def test_negative_modulus_is_unstable(make):
    assert codes(check_energy(make.material(make.neo_hookean()), {"E": -50.0, "nu": 0.3})) == ["M0552"]


def test_incompressible_is_not_finite(make):
    (found,) = check_energy(make.material(make.neo_hookean()), {"E": 50.0, "nu": 0.5})
    assert found.code == "M0554"
    assert "E = 50, nu = 0.5" in found.notes[0]


def test_small_strain_law_must_say_so(make):
    fields = {"E": 1.0, "nu": 0.3, "plane": "strain"}
    assert codes(check_energy(make.material(make.linear_elastic()), fields)) == ["M0553"]


def test_energy_and_stress_at_rest(make):
    mu = make.variable("mu")
    trace = make.apply("tr", make.right_cauchy_green())
    log_det = make.apply("log", make.apply("det", make.F))
    without_constant = make.function(mu * trace - 2 * mu * log_det, make.F)
    assert codes(check_energy(make.material(without_constant), {"mu": 1.0})) == ["M0550"]
    without_balance = make.function(mu * (trace - 3), make.F)
    assert codes(check_energy(make.material(without_balance), {"mu": 1.0})) == ["M0551"]


def test_missing_values_are_not_guessed(make):
    assert check_energy(make.material(make.neo_hookean()), {"E": 50.0}) == ()


def test_what_has_no_symbolic_form_is_located(make):
    law = make.function(make.variable("mu") * make.apply("index", make.F, 4, 1), make.F)
    (found,) = check_energy(make.material(law), {"mu": 1.0})
    assert found.code == "M0556"
    assert found.labels[0].span == make.SPAN
