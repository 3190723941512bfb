"""The number of dimensions of what is plane; a module without dependencies, so that checking a spec stays fast.

What may be plane or solid takes the dimension from its own arrays (`runtime/fem/dimension.py`).
"""

from __future__ import annotations

PLANE = 2
"""Of sheets, pixels, outlines, plane groups and the flows on them."""
