"""Simple shear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Shear:
    """A displacement that grows across its own direction: `strain` is the one over the other."""

    strain: Any
