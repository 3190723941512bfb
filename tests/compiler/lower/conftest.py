"""Graph expressions by operators, and a few laws made of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from metac.compiler import graph
from metac.compiler.types import dimensions, types
from metac.dsl.source import Source, Span

SPAN = Span(Source("<test>", "energy"), 0, 6)


class Term:
    """An expression that can be written with Python's operators."""

    def __init__(self, expression):
        self.graph = expression

    def __add__(self, other):
        return apply("+", self, other)

    def __radd__(self, other):
        return apply("+", other, self)

    def __sub__(self, other):
        return apply("-", self, other)

    def __rsub__(self, other):
        return apply("-", other, self)

    def __mul__(self, other):
        return apply("*", self, other)

    def __rmul__(self, other):
        return apply("*", other, self)

    def __truediv__(self, other):
        return apply("/", self, other)

    def __rtruediv__(self, other):
        return apply("/", other, self)

    def __pow__(self, other):
        return apply("^", self, other)

    def __neg__(self):
        return apply("neg", self)

    def __lt__(self, other):
        return apply("<", self, other)

    def __ge__(self, other):
        return apply(">=", self, other)


def lift(value):
    if isinstance(value, Term):
        return value
    if isinstance(value, list):
        return Term(graph.Sequence(tuple(lift(item).graph for item in value), types.ERROR, SPAN))
    return Term(graph.Constant(value, types.ERROR, SPAN))


def apply(operator, *arguments):
    return Term(graph.Apply(operator, tuple(lift(argument).graph for argument in arguments), types.ERROR, SPAN))


def variable(name, kind=types.SCALAR):
    return Term(graph.Variable(name, kind, SPAN))


def function(body, *parameters, dimension=dimensions.SCALAR):
    body = lift(body).graph
    names = tuple(parameter.graph for parameter in parameters)
    return graph.Function(names, body, None, types.FunctionType((), types.NumberType(dimension)), SPAN)


F = variable("F", types.TensorType((3, 3)))


def right_cauchy_green():
    return apply("transpose", F) * F


def neo_hookean():
    E, nu = variable("E"), variable("nu")
    mu = E / (2 * (1 + nu))
    lam = E * nu / ((1 + nu) * (1 - 2 * nu))
    log_det = apply("log", apply("det", F))
    return function(mu / 2 * (apply("tr", right_cauchy_green()) - 3 - 2 * log_det) + lam / 2 * log_det**2, F)


def compressible_neo_hookean():
    G, K = variable("G"), variable("K")
    det = apply("det", F)
    isochoric = det ** (lift(-2) / 3) * apply("tr", right_cauchy_green()) - 3
    return function(G / 2 * isochoric + K / 2 * (det - 1) ** 2, F)


def linear_elastic():
    E, nu, plane = variable("E"), variable("nu"), variable("plane", types.TEXT)
    mu = E / (2 * (1 + nu))
    strain_lambda = E * nu / ((1 + nu) * (1 - 2 * nu))
    stress_lambda = E * nu / ((1 + nu) * (1 - nu))
    lam = apply("if", apply("==", plane, "stress"), stress_lambda, strain_lambda)
    eye = lift([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    strain = apply("sym", F) - eye
    return function(mu * apply("tr", strain * strain) + lam / 2 * apply("tr", strain) ** 2, F)


def material(energy, *, name="law", **members):
    definition = SimpleNamespace(name=name)
    constants = {key: graph.Constant(value, types.TEXT, SPAN) for key, value in members.items()}
    return graph.Node("rubber", "material", definition, {}, {"energy": energy, **constants}, SPAN, {})


@pytest.fixture(scope="session")
def make():
    """The builders of this file."""
    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
