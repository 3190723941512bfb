"""`functools.cached_property` for classes of the library: type checkers see a property.

They compare a protocol's properties with properties alone, not with what other descriptors give, and would refuse classes
that compute once what their interface asks for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    cached_property = property
else:
    from functools import cached_property

__all__ = ["cached_property"]
