"""A plan with what its definitions name: classes, and the objects that are made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from metac.compiler.lower.concrete_objects import ConcreteObjects
from metac.compiler.lower.implementation import ErrorLocator, Implementation
from metac.compiler.lower.inputs import Split, needed_nodes
from metac.compiler.plan import Plan


@dataclass(frozen=True, eq=False)
class LinkedPlan:
    """What every trace of a program starts from."""

    plan: Plan
    implementations: Mapping[str, Implementation]
    errors: ErrorLocator
    host: ConcreteObjects
    split: Split

    @cached_property
    def needed(self) -> frozenset[str]:
        """The nodes that the loss depends on."""
        return needed_nodes(self.plan.design)
