"""What IPython calls on `%load_ext metac`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 80
"""Per inch."""


def load_ipython_extension(ipython: Any) -> None:
    """Add the cell magic `%%meta` to an IPython shell, and show figures as pictures."""
    from metac.notebook.cell_magic import SpecMagics

    ipython.register_magics(SpecMagics)
    # Results give figures that pyplot knows nothing of: without it there is no formatter for them.
    ipython.display_formatter.formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", _png)


def _png(figure: Figure) -> bytes:
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=DOTS)
    return image.getvalue()
