"""What the compiler links against: the seams between generator, body, load, measure and study.

A definition that has a Python body names a class. The program calls it with the definition's fields by keyword, resolved:
numbers as floats or arrays in internal units (mm, N, MPa, s, radian), lists as tuples, functions as callables, references as
the objects that they name. Objects are plain and immutable. A program makes them anew in each trace, so what costs (a
response, moved coordinates) is a `functools.cached_property`: computed once per trace however many measures ask.

Work that must not be traced (meshing, factorisation patterns) goes into a static method `build`. Its parameters are a subset
of the definition's fields; it is called once on the host with concrete values, and what it returns is passed to the
constructor as `built`. Changing a value that `build` takes compiles anew; changing any other does not.

Objects of kinds that are checked early (`kinds/*.meta`) are also made by `metac check`, with concrete values: what they do
before they are used may take numpy and shapely where nothing less will do, never JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array

Theta = Any
"""A pytree of arrays: the free parameters of one generator."""


class FieldError(Exception):
    """A field's value that only its implementation can judge (a pore larger than its cell, say).

    The compiler shows it at the field; `code` is one of the registry. `of` is the object that refuses one of its own fields
    when another one asks it for something; by default it is the one that is being made.
    """

    def __init__(
        self, field: str, message: str, *, code: str = "M0540", help: str | None = None, of: object | None = None
    ) -> None:
        self.field, self.message, self.code, self.help, self.of = field, message, code, help, of
        super().__init__(message)


_FOLDER: ContextVar[Path] = ContextVar("folder of the spec", default=Path())


@contextmanager
def files_relative_to(folder: Path) -> Iterator[None]:
    """Let the names of files in fields start from a folder: that of the spec."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def file_named(name: str) -> Path:
    """The file or folder that a field names: an absolute path, one in the home (`~`), or one from the spec's folder."""
    return _FOLDER.get() / Path(name).expanduser()


@dataclass(frozen=True)
class Curve:
    """A measure over the increments of a load: `ordinate[increment]` at `abscissa[increment]`, internal units."""

    abscissa: Array
    ordinate: Array


class Range(NamedTuple):
    """`start .. stop [by step]`, internal units."""

    start: Any
    stop: Any
    step: Any | None = None


@runtime_checkable
class Generator(Protocol):
    """A map from free parameters to geometry."""

    def init(self, key: Array) -> Theta:
        """Random parameters; runs inside `jit`."""
        ...

    def at(self, theta: Theta) -> Any:
        """The geometry for given parameters, as bodies of the generator's facet take it.

        mesh: an object with `move(points[node, 2], domain) -> points[node, 2]` (mm), `domain` a `Rectangle` or None.
        grid: an array `[row, column]`, row 0 at the top, from 0 to 1 but for overshoots.
        """
        ...


class Composable(Generator, Protocol):
    """A generator whose movements can be composed: bodies may be meshed anew where it has moved them, and it goes on."""

    def at_rest(self, theta: Theta) -> Theta:
        """Parameters, near `theta` in all else, at which nothing moves, exactly; derivatives are not all zero there."""
        ...


class BetweenBounds(Generator, Protocol):
    """A generator whose free parameters have bounds."""

    bounds: tuple[float, float]
    """Least and largest value of each."""


class Steered(Generator, Protocol):
    """A generator that shows optimisers something else than the gradient of the goals, which leads to better designs.

    Optimisers that compare losses along a line cannot use it.
    """

    def steer(self, theta: Theta, gradient: Theta) -> Theta:
        """What stands in for the gradient at `theta`; runs inside `jit`."""
        ...


class Discrete(Generator, Protocol):
    """A generator whose designs are choices, 0 or 1 each: what studies that search rather than descend can vary."""

    def theta_of(self, design: Array) -> Theta:
        """The free parameters that make a design `[feature]`, float64 of 0 and 1; runs inside `jit` and `vmap`."""
        ...


@runtime_checkable
class Body(Protocol):
    """A discretisation with material, for the geometry that its generator gives."""

    def fresh(self, refinement: float) -> Body:
        """The same region, discretised anew and finer (host only, concrete values): what a result is checked on."""
        ...


class Meshed(Body, Protocol):
    """A body with a static method `build`, that can be built for another region."""

    def meshed(self, region: Any) -> Any:
        """What `build` would give for another region (host only, concrete values; the same element sizes)."""
        ...


class Moved(Body, Protocol):
    """A body that a generator moves, and that can be meshed anew where it has been moved."""

    def meshed(self, region: Any) -> Any:
        """As the body that is moved."""
        ...

    def remeshed(self) -> Any:
        """`meshed` for the region as it is, movements included."""
        ...


@runtime_checkable
class Load(Protocol):
    """A loading program on a body; `response` goes through the implicit-function theorem."""

    @property
    def response(self) -> Any:
        """Displacements, reactions, energies of each increment, with a `status` (`runtime/fem/status.py`)."""
        ...


@runtime_checkable
class StartingLoad(Protocol):
    """A load that may start from what the same load of a neighbouring design has left, as `response.start`.

    Its results are those from rest, within its tolerances. A measure that wants to know what only a path from rest tells has
    a class attribute `from_rest = True`.
    """

    @property
    def rest(self) -> Any:
        """A start of which nothing is known: a tree of arrays, all zero or not read; its shapes need no traced value."""
        ...

    def starting_from(self, start: Any) -> Load:
        """This load with a start, a tree like `rest`."""
        ...


@runtime_checkable
class Measure(Protocol):
    """A number, a `Curve` or a tensor read from a load or a body."""

    @property
    def value(self) -> Any:
        """A scalar array, a `Curve`, or a tensor, in internal units."""
        ...


class ProgressRecorder(Protocol):
    """What a study tells of its progress; keeps history and checkpoints (`runtime/runs`)."""

    def step(self, record: Mapping[str, Any], state: Callable[[], Mapping[str, Any]]) -> None:
        """One finished optimisation step; `state` gives what a checkpoint needs, when one is due."""
        ...

    def phase(self, text: str) -> None:
        """What is being done now, where it may take a while."""
        ...


class Facts(NamedTuple):
    """What is known of an object when a spec is checked."""

    name: str
    definition: str
    """The name of its definition."""
    fields: Mapping[str, Any]
    """Known values in internal units: numbers, texts, tuples, `Facts` of other objects; what is not known is left out."""


class Bounded(NamedTuple):
    """A measure of which a requirement bounds the value; internal units, None where there is no bound."""

    measure: Facts
    lower: float | None
    upper: float | None


class Unreachable(NamedTuple):
    """Why a target cannot be reached, with the bound's value and a way out."""

    message: str
    notes: tuple[str, ...] = ()
    help: str | None = None


Judge = Callable[[Facts, Any, float, tuple[Bounded, ...]], Unreachable | None]
"""Asked by `metac check` whether a target can be reached: `(measure, target, tolerance, requirements)`; None where it may.

A measure's definition names it as `attainable = "module:function"`. It must not import JAX.
"""


@runtime_checkable
class Study(Protocol):
    """How goals are pursued."""

    needs: ClassVar[str]


class Wanted(NamedTuple):
    """One goal, as studies that predict measures need it; internal units."""

    measure: str | None
    """The name of the measure's definition, where the goal is just that measure, a number."""
    sense: str
    """match, minimize or maximize."""
    target: float | None
    scale: float
    """What differences are measured by."""
    weight: float
    tolerance: float | None


class Program(Protocol):
    """Pure functions made from a plan, ready for `jit`, `grad` and `vmap`; knows nothing of files, terminals, optimisers."""

    inputs: Mapping[str, Any]

    @property
    def generators(self) -> Mapping[str, Any]:
        """The generators, not bound to free parameters, by name."""
        ...

    def name_of(self, generator: Any) -> str:
        """The name of a generator that a study was given."""
        ...

    def init(self, key: Array) -> Theta:
        """Free parameters: one pytree per generator, by name."""
        ...

    def loss(self, theta: Theta, inputs: Mapping[str, Any] | None = None) -> Array:
        """The weighted sum of the goals, without unit."""
        ...

    def evaluate(
        self, theta: Theta, inputs: Mapping[str, Any] | None = None, replace: Mapping[str, Any] | None = None
    ) -> Any:
        """Loss, goal values, requirement values and the status of every load, as one pytree.

        `replace` gives objects by name that stand in for those of the design.
        """
        ...

    def loss_and_evaluation(
        self,
        theta: Theta,
        inputs: Mapping[str, Any] | None = None,
        replace: Mapping[str, Any] | None = None,
        starts: Mapping[str, Any] | None = None,
    ) -> tuple[Array, Any]:
        """Both at once, for `jax.value_and_grad(…, has_aux=True)`.

        `starts` is `rest`, or the `starts` of the evaluation of neighbouring parameters.
        """
        ...

    @property
    def rest(self) -> Mapping[str, Any]:
        """By the name of the load: a start of which nothing is known."""
        ...

    def wanted(self, inputs: Mapping[str, Any] | None = None) -> Mapping[str, Wanted]:
        """The goals by name, for given inputs; concrete. Those of curves and tensors, and with targets that depend on free
        parameters, are not among them."""
        ...

    def objects(self, theta: Theta, inputs: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Every object of the design by name, for given free parameters; traceable."""
        ...

    def remeshing_obstacle(self, generator: str) -> str | None:
        """Why bodies cannot be meshed anew where a generator has moved them; None where they can."""
        ...

    def remeshed(self, theta: Theta, generator: str, inputs: Mapping[str, Any] | None = None) -> tuple[Program, Theta]:
        """The program with bodies meshed anew where `generator` has moved them, and the parameters that go with it."""
        ...
