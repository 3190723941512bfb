"""Marks of supports: one sort for what is held, along an axis or along a line, named once in the legend."""

import matplotlib.pyplot as plt
import numpy as np

from metac.runtime.report.marks import draw_supports


def test_each_way_of_holding_has_a_mark_and_one_name():
    places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [3.0, 2.0], [0.0, 2.0]])
    held = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.8, -0.6], [0.0, 0.0]])
    figure, axes = plt.subplots()
    draw_supports(axes, places, held)
    named = axes.get_legend_handles_labels()[1]
    drawn = sum(len(np.asarray(each.get_offsets())) for each in axes.collections)
    plt.close(figure)
    assert sorted(named) == ["held", "held along x", "held along y", "slides along a line"]
    assert drawn == 5  # two lines, one name; nothing where nothing is held
