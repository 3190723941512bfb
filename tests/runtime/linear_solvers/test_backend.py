"""Which solver is used is asked for, never guessed."""

import sys

import pytest

from metac.runtime.errors import SolverUnavailable
from metac.runtime.linear_solvers import backend as choice
from metac.runtime.linear_solvers.backend import (
    DEFAULT,
    VARIABLE,
    asked_solver,
    chosen_solver,
    make_solver,
    solver_name,
    using,
)


def test_the_default_is_what_comes_with_metac(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert (solver_name(), asked_solver()) == (DEFAULT, None)
    assert chosen_solver().name == DEFAULT
    monkeypatch.setenv(VARIABLE, "")
    assert solver_name() == DEFAULT


def test_what_was_asked_for_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv(VARIABLE, "mkl")
    assert solver_name() == "mkl"
    with using("cudss"):
        with using(None):
            assert solver_name() == asked_solver() == "cudss"
        with pytest.raises(KeyError), using("qdldl"):
            assert solver_name() == "qdldl"
            raise KeyError
        assert solver_name() == "cudss"
    assert solver_name() == "mkl"


def test_a_name_that_is_none_is_told_with_those_that_are(monkeypatch):
    monkeypatch.setenv(VARIABLE, "umfpack")
    with pytest.raises(SolverUnavailable, match="umfpack") as told:
        chosen_solver()
    assert "qdldl, mkl, cudss" in told.value.remedy


@pytest.mark.parametrize(("name", "module"), [("mkl", "mkl"), ("cudss", "nvmath")])
def test_an_extra_that_is_not_installed_is_told_with_the_command(name, module, monkeypatch):
    monkeypatch.setitem(sys.modules, f"{module}.sparse", None)
    monkeypatch.setitem(sys.modules, f"{module}.sparse.advanced", None)
    monkeypatch.setattr(choice, "make_solver", make_solver.__wrapped__)
    if name == "mkl":
        from metac.runtime.linear_solvers import mkl

        monkeypatch.setattr(mkl, "_library", mkl._library.__wrapped__)
        monkeypatch.setattr(mkl, "files", lambda _: None)
        monkeypatch.setattr(mkl, "find_library", lambda _: None)
    with using(name), pytest.raises(SolverUnavailable, match=name) as told:
        chosen_solver()
    assert 'pip install "metac-design[' in told.value.remedy


def test_every_name_makes_the_solver_that_says_so(choosable):
    assert choosable.name in choice.NAMES
    assert choosable.packages
