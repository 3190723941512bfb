"""What a measure's definition may know of loads that do not answer it; asked by `metac check`."""

from __future__ import annotations

from collections.abc import Callable

from metac.compiler.interfaces.attainability import Facts

AnswerCheck = Callable[[Facts], None]
"""Asked by `metac check` whether what a measure reads is there; raises `FieldError` on one of the measure's fields if not.

A measure's definition names it as `answered = "module:function"`. It must not import JAX.
"""
