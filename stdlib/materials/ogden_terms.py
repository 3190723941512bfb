"""What is no term of Ogden's law: judged when a material is made, and by `metac check` where its parameters vary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError

LARGEST_EXPONENT = 25.0
"""For which the series in `ogden.py` is exact to rounding."""


def terms(material: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` on `alpha` for terms that are none, as far as they are known."""
    del made
    mu, alpha = material.fields.get("mu"), material.fields.get("alpha")
    if isinstance(mu, tuple) and isinstance(alpha, tuple):
        require_terms(mu, alpha)


def require_terms(mu: Sequence[Any], alpha: Sequence[Any]) -> None:
    """`FieldError` on `alpha` where there are not as many exponents as coefficients, or one is known to be out of range."""
    if not mu or len(mu) != len(alpha):
        raise FieldError("alpha", f"each term has a coefficient and an exponent, found {len(mu)} and {len(alpha)}")
    for exponent in alpha:
        if isinstance(exponent, float | int) and not 0 < abs(exponent) <= LARGEST_EXPONENT:
            raise FieldError("alpha", f"an exponent lies between -25 and 25 and is not zero, found {exponent:g}")
