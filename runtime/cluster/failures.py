"""Failures of clusters."""

from __future__ import annotations

from metac.runtime.errors import RuntimeFailure


class ClusterFailure(RuntimeFailure):
    """A cluster that cannot be reached, or that cannot do what it was asked for."""

    code = "M0661"
