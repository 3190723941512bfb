"""How a report's value is shown."""

import pytest

from metac.runtime.report.reported import OnMesh, Reported, rows

WRONG = "the linear solve is off by 1"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (OnMesh(0.0), "0 mm"),
        (OnMesh(0.0, failure=WRONG), "failed"),
        (OnMesh([[0.0, 1.0]], failure=WRONG), "failed"),
        (OnMesh([[0.0, 1.0]]), "see result.json"),
        (OnMesh(None, failure=WRONG), "failed"),
        (OnMesh([0.0, 1.0, None], abscissa=[0.0, 0.5, 1.0], failure=WRONG), "0 … 1 mm, then failed"),
        (OnMesh([0.0, 1.0], abscissa=[0.0, 0.5]), "0 … 1 mm"),
    ],
)
def test_a_value_that_failed_is_shown_as_none(found, text) -> None:
    assert rows([Reported("far", "mm", found, found)]) == [("far", text, text, "–")]
