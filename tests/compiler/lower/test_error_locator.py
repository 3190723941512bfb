"""Whose fault it is when a class from outside the library fails, whoever called it."""

import importlib.util
from types import SimpleNamespace

import pytest

from metac.compiler.lower.implementation import ErrorLocator, Implementation
from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source, Span
from metac.runtime.errors import OutOfMemory, RuntimeFailure, as_failure, first_failure

CODE = """
from metac.runtime.errors import first_failure

class Judged:
    def __init__(self, answer):
        self.answer = answer

    def failure(self, name):
        return self.answer()

def ours():
    first_failure({"l": None})

def wrong():
    raise ValueError("why")

def foreseen():
    raise MemoryError

def on_the_host():
    import jax
    import jax.numpy as jnp

    def broken(x):
        raise ZeroDivisionError("a defect")

    jax.block_until_ready(jax.jit(lambda x: jax.pure_callback(broken, x, x))(jnp.zeros(())))
"""


@pytest.fixture
def outside(tmp_path):
    """A module from outside the library, and who locates what it raises."""
    path = tmp_path / "lab.py"
    path.write_text(CODE)
    spec = importlib.util.spec_from_file_location("lab", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    node = SimpleNamespace(definition=SimpleNamespace(name="own"), span=Span(Source("<test>", "load l = own {}"), 0, 15))
    return module, ErrorLocator({str(path): node}, {"l": node})


def judged(module, locator, answer):
    """As a run judges a load whose status has such an answer."""
    with locator.anywhere(lambda problem: as_failure(problem) is not None):
        return first_failure({"l": module.Judged(answer)})


def test_what_code_from_outside_raises_is_told_at_its_node(outside):
    module, _ = outside
    with pytest.raises(DiagnosticError) as caught:
        judged(*outside, module.wrong)
    (found,) = caught.value.diagnostics
    assert (found.code, found.labels[0].span.text) == ("M0573", "load l = own {}")
    assert found.message.endswith("failed: ValueError: why") and found.notes[0].startswith("lab.py, line 15: raise")


def test_what_a_callback_raises_within_a_compiled_program_is_told_at_its_node(outside):
    module, locator = outside
    with pytest.raises(DiagnosticError) as caught, locator.anywhere(lambda problem: False):
        module.on_the_host()
    (found,) = caught.value.diagnostics
    assert (found.code, found.labels[0].span.text) == ("M0573", "load l = own {}")
    assert "ZeroDivisionError: a defect" in found.message and found.notes == ("lab.py, line 25",)


def test_what_is_foreseen_and_what_code_of_our_own_raises_passes(outside):
    module, _ = outside
    with pytest.raises(MemoryError):
        judged(*outside, module.foreseen)
    with pytest.raises(AttributeError, match="NoneType"):
        judged(*outside, module.ours)


def test_words_alone_are_a_failure_too(outside):
    found = judged(*outside, lambda: "too steep")
    assert isinstance(found, RuntimeFailure) and (found.message, found.subject) == ("l: too steep", "l")
    assert isinstance(judged(*outside, OutOfMemory), OutOfMemory)


def test_a_load_that_starts_warm_is_still_a_load():
    text = "material m = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }\n"
    text += "body b = pixels { density = [[1]], size = 1 mm, materials = [m, m] }\nload l = periodic { body = b }\n"
    node = check(Source("<test>", text)).design_or_raise().nodes["l"]
    implementation = Implementation(node, object)
    warm = SimpleNamespace(response=1)
    assert implementation.started(SimpleNamespace(starting_from=lambda start: warm), None) is warm
    with pytest.raises(DiagnosticError) as caught:
        implementation.started(SimpleNamespace(starting_from=lambda start: None), None)
    assert [each.code for each in caught.value.diagnostics] == ["M0577"]
    assert [label.span.text for label in caught.value.diagnostics[0].labels][-1].startswith("load l")
