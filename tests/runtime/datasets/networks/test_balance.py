"""Undersampling against its definition, sample by sample."""

from collections import Counter

import numpy as np

from metac.runtime.datasets.networks.balance import as_many_of_each_range, few_of_each_tuple


def test_the_first_few_of_equal_rounded_labels_are_kept():
    labels = np.random.default_rng(0).normal(size=(500, 2)) * [0.1, 0.02]
    seen: Counter[tuple[float, ...]] = Counter()
    expected = []
    for row, label in enumerate(labels):
        rounded = (int(np.rint(label[0] * 10)), int(np.rint(label[1] * 100)))
        seen[rounded] += 1
        if seen[rounded] <= 3:
            expected.append(row)
    assert 0 < len(expected) < len(labels)
    np.testing.assert_array_equal(few_of_each_tuple(labels, [1, 2], 3), expected)


def test_each_range_of_poissons_ratios_keeps_as_many_as_the_rarest_has():
    ratios = np.random.default_rng(1).normal(0.2, 0.3, size=(2000, 2))
    rows = as_many_of_each_range(ratios)
    assert (np.diff(rows) > 0).all()

    def ranges(some: np.ndarray) -> Counter[tuple[int, ...]]:
        return Counter(tuple(int(value >= 0) + int(value >= 0.3) for value in pair) for pair in some)

    assert set(ranges(ratios)) == set(ranges(ratios[rows]))
    assert set(ranges(ratios[rows]).values()) == {min(ranges(ratios).values())}
    assert len(as_many_of_each_range(ratios[:0])) == 0
