"""What IPython calls on `%load_ext metac`."""

from __future__ import annotations

from typing import Any

from metac.api.rich_output import png_of


def load_ipython_extension(ipython: Any) -> None:
    """Add the cell magic `%%meta` to an IPython shell, and show figures as pictures."""
    from metac.notebook.cell_magic import SpecMagics

    ipython.register_magics(SpecMagics)
    # Results give figures that pyplot knows nothing of: without it there is no formatter for them.
    ipython.display_formatter.formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", png_of)
