"""The best multiple of loads, against a search over multiples."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

from metac.stdlib.studies.property_stage import relative_error
from metac.stdlib.studies.reachable import best_multiple


def evaluation(*pairs):
    goals = {
        str(number): SimpleNamespace(value=np.asarray(value), target=np.asarray(target), residuals=np.zeros(1))
        for number, (value, target) in enumerate(pairs)
    }
    return SimpleNamespace(goals=goals | {"without": SimpleNamespace(value=np.ones(3), target=None, residuals=None)})


def lines(seed):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=count), rng.normal(size=count)) for count in (5, 9)]


@pytest.mark.parametrize("seed", range(4))
def test_no_other_multiple_leaves_less(seed):
    pairs = lines(seed)
    found = best_multiple(evaluation(*pairs))

    def error(factor):
        return relative_error(evaluation(*((factor * value, target) for value, target in pairs)))[0]

    searched = scipy.optimize.minimize_scalar(error)
    assert found.factor == pytest.approx(searched.x, abs=1e-6)
    assert found.error == pytest.approx(searched.fun, rel=1e-9)
    assert found.error == pytest.approx(error(found.factor), rel=1e-12)
    assert found.error < 1


def test_what_is_out_by_its_size_alone_can_be_reached():
    targets = [target for _, target in lines(0)]
    found = best_multiple(evaluation(*((-target / 4, target) for target in targets)))
    assert found.factor == pytest.approx(-4)
    assert found.error == pytest.approx(0, abs=1e-15)
    assert found.words.startswith("the best multiple of its loads, -4, ")


def test_another_shape_is_out_of_reach_of_every_multiple():
    found = best_multiple(evaluation(([1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0])))
    assert found == (0.0, 1.0)


def test_nothing_is_said_without_targets_or_response():
    assert best_multiple(evaluation()) is None
    assert best_multiple(evaluation(([0.0, 0.0], [1.0, 2.0]))) is None
    assert best_multiple(evaluation(([1.0, 2.0], [0.0, 0.0]))) is None
