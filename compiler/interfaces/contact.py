"""How parts of one body that meet act on each other."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from metac.compiler.interfaces.material import Material


@runtime_checkable
class Contact(Protocol):
    """A model of contact that fills what is not solid, so that it is meshed too."""

    def filled(self, region: Any) -> Any:
        """What a body meshes in place of its region of solid alone (host only, concrete values).

        Raises:
            FieldError: of the body, on `order` or `shape`, where there is nothing that could be filled.
        """
        ...

    def law(self, material: Material, region: Any, first: int) -> Material:
        """The law of the body whose elements from number `first` on are the filling.

        Raises:
            FieldError: of the body, on `material`, where that cannot be in contact.
        """
        ...
