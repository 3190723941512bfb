"""The weights of a training are those of its best check, whatever is no number on the way."""

import numpy as np
import pytest

from metac.runtime.learn.failures import TrainingFailed
from metac.runtime.learn.validated_training import ValidatedResult, ValidatedState


def after(losses):
    """The state whose weights are the number of the check."""
    state = ValidatedState.begun(np.array(-1.0), (), len(losses))
    for check, loss in enumerate(losses):
        state = state._replace(weights=np.array(float(check))).validated(check, loss)
    return state


@pytest.mark.parametrize(
    ("losses", "best"),
    [([3.0, 1.0, 2.0], 1), ([np.nan, 2.0, 3.0], 1), ([np.inf, 2.0, np.nan], 1), ([1.0, 1.0], 0), ([2.0, np.nan, 1.0], 2)],
)
def test_the_best_check_is_the_least_finite_loss(losses, best):
    state = after(losses)
    result = ValidatedResult.of(state, np.arange(2 * len(losses), dtype=np.float32), len(losses), 1.0, "the network")
    assert result.best == best and float(result.weights) == best
    assert result.training[0] == 0.5 and len(result.validation) == len(losses)


@pytest.mark.parametrize("losses", [[np.nan], [np.inf, np.nan]])
def test_a_training_without_any_finite_loss_fails(losses):
    with pytest.raises(TrainingFailed, match="the network cannot be trained"):
        ValidatedResult.of(after(losses), np.zeros(len(losses), np.float32), len(losses), 1.0, "the network")
