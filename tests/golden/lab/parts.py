"""Classes with a mistake each, for definitions that name them; none of them is ever run."""

from functools import cached_property


class Wave:
    """No `at`."""

    def __init__(self, *, amplitude: float) -> None:
        self.amplitude = amplitude

    def init(self, key):
        return None


class Press:
    """`response` is a method."""

    def __init__(self, *, body: object) -> None:
        self.body = body

    def response(self):
        return None


class Bend:
    """`response` asks for nothing, but the constructor does not take `angle`."""

    def __init__(self, *, body: object) -> None:
        self.body = body

    @cached_property
    def response(self):
        return None


class Ratio:
    """Everything is there."""

    def __init__(self, *, of: object) -> None:
        self.of = of

    @cached_property
    def value(self):
        return 0.0


class Foam:
    """No `parameters`."""

    def __init__(self, *, E: float) -> None:
        self.functions = E


class Loop:
    """`degrees` takes no mesh."""

    def degrees(self):
        return []
