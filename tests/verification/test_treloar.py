"""Ogden's law for Treloar's rubber: the fit of `specs/own/ogden_treloar.meta` beside the published coefficients."""

from pathlib import Path

import numpy as np

import metac

OWN = Path(__file__).parents[2] / "specs" / "own"
PUBLISHED = (0.63, 0.0012, -0.01), (1.3, 5.0, -2.0)
"""μ (MPa) and α: Ogden, Proc. R. Soc. Lond. A 326, 1972, section 6, in MPa."""
FREE = {"uniaxial": -0.5, "pure_shear": -1.0, "equibiaxial": -2.0}
"""The free stretch is this power of the given one where the volume is kept."""


def mean_square(name, mu, alpha):
    """Of the stresses of the incompressible law less the measured ones, MPa²."""
    strain, stress = np.loadtxt(OWN / f"treloar_{name}.csv", delimiter=",", skiprows=3).T
    stretch = 1 + strain
    found = sum(m * (stretch ** (a - 1) - stretch ** (FREE[name] * a - 1)) for m, a in zip(mu, alpha, strict=True))
    return np.mean((found - stress) ** 2)


def test_the_fit_is_no_worse_than_the_published_one():
    result = metac.load(OWN / "ogden_treloar.meta").set({"fit.profile": 0}).run()
    assert result.met
    values = {name: entry["value"] for name, entry in result.varied.items()}
    mu, alpha = (values["mu1"], 10 ** values["lg2"], values["mu3"]), [values[f"alpha{n}"] for n in (1, 2, 3)]
    own, published = (sum(mean_square(name, *law) for name in FREE) for law in ((mu, alpha), PUBLISHED))
    # The volume hardly changes: stresses are the incompressible law's to three digits, and their small misses to one.
    np.testing.assert_allclose(own, result.summary["loss"], rtol=0.2)
    assert own < published / 5
