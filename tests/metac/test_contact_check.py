"""A body that passes through itself: reported, and no goal counts that reads its load from there on."""

import json
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import metac
from metac.api.contact_check import LoadContact, contact_warnings, may_touch_itself, self_contacts, spoilt
from metac.api.loaded_states import LoadedStates
from metac.api.reporting import report
from metac.commands import exit_codes
from metac.commands.main import main
from metac.runtime.mesh.self_contact import ContactKind, SelfContact
from tests.stdlib import made

PULL = "load     pull   = periodic_tension { body = period, along = x, strain = 1 %, increments = 1 }"
WHOLE = "match stress(push) to e -> 3 MPa * e within 1 MPa"
EARLY = "match stress(push) to e -> 3 MPa * e within 1 MPa for 0 .. 5 %"
OTHER = "match stress(pull) to e -> 4 MPa * e within 1 MPa"
BOTH = "match stress(pull) to e -> poisson_ratio(push) * 10 MPa * e within 1 MPa"
SINGLE = "require poisson_ratio(push) in -10 .. 10"
FIRST = "require youngs_modulus(push) in 0 MPa .. 100 MPa"
SMALLEST = "minimize poisson_ratio(push)"
SPEC = """\
symmetry g      = p2mm { cell = [20 mm, 20 mm] }
material rubber = neo_hookean { E = 5 MPa, nu = 0.4 }
shape    slit   = tiled { motif = ellipse { radii = [7 mm, 0.5 mm], at = [0.5, 0.5] }, symmetry = g }
body     period = cell { shape = slit, material = rubber, size = 2.5 mm, order = 1 }
load     push   = periodic_compression { body = period, along = y, strain = 8 %, increments = 4 }
"""


SHEET = """\
symmetry  g      = p2mm { cell = [20 mm, 20 mm] }
material  rubber = neo_hookean { E = 5 MPa, nu = 0.4 }
shape     slit   = tiled { motif = ellipse { radii = [7 mm, 0.5 mm], at = [0.5, 0.5] }, symmetry = g }
body      sheet  = specimen { shape = slit, cells = [1, 1], material = rubber, size = 2.5 mm, order = 1 }
generator warp   = flow { symmetry = g, hidden = [3], steps = 2, start = 0.002 }
body      design = deformed { body = sheet, by = warp }
load      push   = compression { body = design, along = y, strain = 8 %, increments = 4 }
match stress(push) to e -> 3 MPa * e within 10 MPa
"""


def slit(*lines):
    """The spec with these lines, goals mostly."""
    return SPEC + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A slit that closes between the second and the third increment, on a coarse mesh: exit code, folder, result."""
    folder, made = tmp_path_factory.mktemp("slit"), []

    def kept(*inputs):
        made.append(report(*inputs))
        return made[-1]

    (folder / "slit.meta").write_text(slit(WHOLE, EARLY, SINGLE, FIRST, SMALLEST))
    before = jax.config.jax_compilation_cache_dir
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("metac.api.execution.report", kept)
        patched.setenv("METAC_CACHE", str(folder / "cache"))
        code = main(["run", str(folder / "slit.meta"), "--out", str(folder / "run")])
    jax.config.update("jax_compilation_cache_dir", before)
    return code, folder / "run", made[0]


def test_a_closed_slit_is_reported_and_its_goals_are_not_met(closed):
    code, folder, result = closed
    summary = json.loads((folder / "result.json").read_text())
    assert code == exit_codes.MISSED and summary["met"] is False and summary["failure"] is None
    found = summary["loads"]["push"]["self_contact"]
    assert found["increment"] == 3 and found["strain"] == pytest.approx(-0.06)
    # The lips meet in the slit, on the deformed cell.
    assert 3 < found["place_mm"][0] < 17 and 8.5 < found["place_mm"][1] < 10.5
    assert summary["loads"]["push"]["fresh_mesh"]["self_contact"]["increment"] == 3
    (warning,) = [each for each in result.warnings if each.code == "M0617"]
    assert "push: self-contact" in warning.message and "increment 3 of 4" in warning.message
    assert warning.labels[0].text == "this load" and warning.severity == "warning"


def test_only_what_reads_the_load_from_there_on_is_spoilt(closed):
    verdicts = list(closed[2].goals.values())
    assert [each.met for each in verdicts] == [True, True, None, True, True]  # by their values alone
    assert [each.final for each in verdicts] == [False, True, False, False, True]
    assert all((each.reason is None) == each.final for each in verdicts)
    assert verdicts[0].reason == "self-contact in push from increment 3 of 4 on"


def test_table_and_figures_say_so(closed):
    _, folder, result = closed
    assert "missed: self-contact in push from increment 3 of 4 on" in result.table()
    drawing = next(each for each in result.drawings if each.name == "push")
    assert ["passes through itself" in state.label for state in drawing.states] == [False, False, True, True]
    opened = metac.open(folder)
    assert opened.goals == result.goals and opened.table() == result.table() and not opened.met


def contact(increment, *, on_fresh_mesh=False):
    return LoadContact(SelfContact(increment, 4, ContactKind.CROSSING_ITSELF, (1.0, 2.0)), -0.02 * increment, on_fresh_mesh)


def evaluation(inside):
    return SimpleNamespace(goals={"stress(push)": SimpleNamespace(inside=inside)})


@pytest.fixture
def graph():
    return metac.compile(slit(WHOLE, SINGLE)).graph


@pytest.mark.parametrize(
    ("inside", "increment", "counts"),
    [
        ([1, 1, 0, 0], 3, True),
        ([1, 1, 1, 0], 3, False),
        ([0, 0, 0, 1], 3, False),
        ([1, 1, 0, 0], 1, False),
        ([1, 1], 3, False),  # not the increments of this load: nobody knows what it reads
    ],
)
def test_a_curve_is_judged_by_its_range(graph, inside, increment, counts):
    found = spoilt(graph, evaluation(np.array(inside, bool)), {"push": contact(increment)})
    assert ("stress(push)" not in found) is counts


def test_a_single_number_reads_the_whole_path(graph):
    (requirement,) = graph.requirements
    assert "increment 4 of 4" in spoilt(graph, evaluation(None), {"push": contact(4)})[requirement.name]
    assert spoilt(graph, evaluation(None), {"push": None}) == {}
    assert spoilt(graph, evaluation(None), {"other": contact(1)}) == {}


def test_a_modulus_reads_the_first_increment_alone():
    graph = metac.compile(slit(FIRST)).graph
    assert spoilt(graph, evaluation(None), {"push": contact(2)}) == {}
    assert len(spoilt(graph, evaluation(None), {"push": contact(1)})) == 1


@pytest.mark.slow
def test_a_sheet_that_a_warp_moves_is_examined_to_the_end(tmp_path):
    (tmp_path / "sheet.meta").write_text(SHEET)
    before = jax.config.jax_compilation_cache_dir
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("METAC_CACHE", str(tmp_path / "cache"))
        code = main(["run", str(tmp_path / "sheet.meta"), "--out", str(tmp_path / "run")])
    jax.config.update("jax_compilation_cache_dir", before)
    opened = metac.open(tmp_path / "run")
    assert code == exit_codes.MISSED and opened.failure is None
    number = opened.summary["loads"]["push"]["self_contact"]["increment"]
    assert 2 <= number <= 4
    assert f"missed: self-contact in push from increment {number} of 4 on" in opened.table()
    drawing = next(each for each in opened.drawings if each.name == "push")
    told = ["passes through itself" in state.label for state in drawing.states]
    assert told == [count >= number for count in range(1, 5)]


def test_a_load_that_only_the_target_reads_counts_too():
    graph = metac.compile(slit(PULL, WHOLE, OTHER, BOTH)).graph
    whole, other, both = (goal.name for goal in graph.goals)
    inside = SimpleNamespace(inside=np.array([True]))
    found = spoilt(graph, SimpleNamespace(goals=dict.fromkeys((whole, other, both), inside)), {"push": contact(3)})
    assert found.keys() == {whole, both}


def test_contact_on_the_fresh_mesh_is_said_to_be_there(graph):
    fresh = {"push": contact(2, on_fresh_mesh=True)}
    assert spoilt(graph, evaluation(None), fresh)["stress(push)"].endswith("on, on the fresh mesh")
    (alone,) = contact_warnings(graph, {"push": None}, fresh)
    assert alone.message.endswith("mm, on the fresh mesh") and "strain -4 %" in alone.notes[0]
    (both,) = contact_warnings(graph, {"push": contact(3)}, fresh)
    assert "increment 3 of 4" in both.message and "increment 2 of 4" in both.notes[0] and "strain -4 %" in both.notes[1]
    assert contact_warnings(graph, {"push": None}, {"push": None}) == []


def test_small_strain_laws_are_not_asked():
    mesh = SimpleNamespace(dimension=2)

    def body(strain):
        return SimpleNamespace(mesh=mesh, coordinates=np.zeros((0, 2)), material=SimpleNamespace(strain=strain))

    assert may_touch_itself(body("finite")) and not may_touch_itself(body("small"))
    assert may_touch_itself(SimpleNamespace(mesh=mesh, coordinates=np.zeros((0, 2)), material=SimpleNamespace()))
    pixels = SimpleNamespace(mesh=mesh, coordinates=np.zeros((0, 2)), density=np.ones((2, 2)), material=SimpleNamespace())
    pixels.materials = (SimpleNamespace(strain="small"),) * 2
    assert not may_touch_itself(pixels) and not may_touch_itself(SimpleNamespace())
    pixels.materials = (SimpleNamespace(strain="finite"),) * 2
    assert may_touch_itself(pixels)


def test_solid_pixels_are_examined_beside_the_rim():
    material = SimpleNamespace(functions=None, parameters=(), strain="finite")
    density = np.ones((3, 3))
    density[1, 1] = 0.0
    body = made.pixels(density=density, size=3.0, materials=[material, material])
    lid = (np.abs(body.mesh.nodes - [1.0, 2.0]) < 1e-9).all(axis=1)[:, None] * [0.0, -1.0]
    response = {"strain": np.array([-0.1, -0.2]), "displacement": np.stack([0.9 * lid, 1.2 * lid])}
    (found,) = self_contacts(LoadedStates({"cell": body}, {"push": "cell"}, {"push": response})).values()
    assert found is not None and found.contact.increment == 2 and found.strain == -0.2
