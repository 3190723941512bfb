"""The label of a colour bar stays within the figure, however low the body is."""

import pytest
from matplotlib.cm import ScalarMappable

from metac.runtime.report.colour_bars import colour_bar
from metac.runtime.report.design_plots import blank, styled

LABEL = "largest principal nominal strain, λ₁ − 1 (%)"


@pytest.mark.parametrize(("height", "lines"), [(2.0, 5), (3.0, 2), (5.0, 1)])
def test_the_label_is_broken_until_it_fits(height, lines):
    with styled():
        figure = blank((8.0, height))
        panels = figure.subplots(1, 2)
        colour_bar(figure, ScalarMappable(), list(panels), LABEL)
        figure.suptitle("push")
        figure.canvas.draw()
        label = figure.axes[-1].yaxis.label
        place = label.get_window_extent()
    assert " ".join(label.get_text().split()) == LABEL and len(label.get_text().split("\n")) == lines
    assert place.y0 >= 0 and place.y1 <= figure.bbox.height and place.x1 <= figure.bbox.width
