"""What is read of responses for figures and for the search for self-contact."""

from types import SimpleNamespace

from metac.api.loaded_states import read_responses


def test_only_responses_with_displacements_are_drawn():
    """A load of one's own may give anything that has a status (`compiler/interfaces/response.py: Response`)."""
    bare = SimpleNamespace(status=None)
    moved = SimpleNamespace(status=None, strain=[0.1], displacement=[[[0.0, 1.0]]])
    objects = {"b": SimpleNamespace(mesh=None, coordinates=None, material=None, thickness=1.0, domain=None)}
    objects |= {"own": SimpleNamespace(response=bare), "pull": SimpleNamespace(response=moved)}
    found = read_responses(objects, {"own": "b", "pull": "b"})
    assert list(found) == ["pull"]
    nothing = {"force": None, "held": None, "springs": None, "linear": False}
    assert found["pull"] == {"strain": [0.1], "displacement": [[[0.0, 1.0]]], **nothing}
