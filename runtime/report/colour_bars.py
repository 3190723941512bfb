"""The bar that says what colours mean, whose label has as many lines as it needs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

SHARE = 0.8
"""Of the height of the panels."""
AROUND = 0.9
"""Inches of a figure above and below its panels: titles and legend."""
WIDTH = 0.55
"""Of a letter, in sizes of the font, on average."""
POINTS = 72.0
"""An inch."""


def colour_bar(figure: Figure, colours: ScalarMappable, panels: Axes | Sequence[Axes], label: str, **options: Any) -> None:
    """Add the bar beside all panels; `options` are those of `Figure.colorbar`.

    A label that is longer than the panels are high would leave the figure of a wide, low body: it is broken between words.
    """
    bar = figure.colorbar(colours, ax=panels, shrink=SHARE, pad=0.02, **options)
    inches = figure.get_size_inches()[1] - AROUND
    size = bar.ax.yaxis.label.get_fontproperties().get_size_in_points()
    letters = int(inches * POINTS / (WIDTH * size))
    bar.set_label(textwrap.fill(label, max(letters, 1), break_long_words=False))
