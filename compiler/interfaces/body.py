"""Bodies: discretised geometry with material, and what meshed ones can do beside that."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Body(Protocol):
    """A discretisation with material, for the geometry that its generator gives."""

    def fresh(self, refinement: float) -> Body:
        """The same region, discretised anew and finer (host only, concrete values): what a result is checked on."""
        ...


class Meshed(Body, Protocol):
    """A body with a static method `build`, that can be built for another region."""

    def meshed(self, region: Any) -> Any:
        """What `build` would give for another region (host only, concrete values; the same element sizes)."""
        ...


class Moved(Body, Protocol):
    """A body that a generator moves, and that can be meshed anew where it has been moved."""

    def meshed(self, region: Any) -> Any:
        """As the body that is moved."""
        ...

    def remeshed(self) -> Any:
        """`meshed` for the region as it is, movements included."""
        ...
