"""A stock of cells: what it remembers is what it would find anew."""

import numpy as np

from metac.runtime.assembly import tractions
from metac.runtime.assembly.stock import CellStock
from metac.runtime.assembly.tractions import TractionProblem
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli

SOLID = isotropic_stiffness(*plane_moduli(1.0, 0.49, stress=True))


def stock_of(count=7, rows=6, columns=4):
    rng = np.random.default_rng(0)
    quarters = rng.uniform(size=(count, rows, columns)) < 0.7
    quarters[:, :2, :2] = True
    return CellStock(quarters, rng.uniform(size=(count, 4)), SOLID, 1e6, np.arange(count))


def test_each_cell_is_solved_once_whoever_asks(monkeypatch):
    stock, solved = stock_of(), []
    original = TractionProblem.tractions

    def counted(self, moduli):
        solved.append(len(moduli))
        return original(self, moduli)

    monkeypatch.setattr(tractions.TractionProblem, "tractions", counted)
    for asked in ([3, 1, 3], [1, 5, 0, 3], [6, 5], [3]):
        asked = np.array(asked)
        found = stock.edges(asked)
        expected = original(TractionProblem(6, 4, stock.unit), stock.moduli(asked))
        np.testing.assert_array_equal(found.quarters, stock.quarters[asked])
        np.testing.assert_array_equal(found.tractions.left, expected.left)
        np.testing.assert_array_equal(found.tractions.top, expected.top)
    assert [count for count in solved if count] == [2, 2, 1]
