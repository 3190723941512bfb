"""Networks of springs in whole specs: slow tests and dynamics, units, measures, drawings and files, what is refused."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.errors import RuntimeFailure
from metac.runtime.springs.network_files import read_network
from metac.runtime.springs.response import elastic_constants
from metac.runtime.springs.status import DynamicStatus, StaticStatus
from metac.stdlib.loads.compression_limits import falls_short, snapshots_in

NETWORK = """
generator net  = jammed_network { nodes = 16, seed = 1 }
body      film = springs { network = net, unit = 5 mm, unit_energy = 2 mJ, thickness = 4 mm }
"""
BOTH = """
load slow  = quasi_static { body = film, strain = -1 %, increments = 2 }
load quick = compress { body = film, strain = 1 %, rate = 1e-6, interval = 4e-3, temperature = 0 }
minimize poisson_ratio(slow, along = 0 deg)
minimize poisson_ratio(slow, along = 90 deg)
minimize youngs_modulus(slow, along = 0 deg)
minimize poisson_ratio(quick)
minimize node_poisson_ratio(quick)
minimize kinetic_temperature(quick)
minimize last(stress(slow, component = xx))
minimize last(stress(quick))
minimize last(stress(quick, component = yy))
minimize coordination(film)
minimize least_degree(film)
minimize least_length(film)
"""


def evaluated(text):
    """Values of all goals by name, and the objects."""
    program = metac.compile(text).program()
    theta = program.init(jax.random.key(0))
    evaluation = jax.jit(program.evaluate)(theta)
    return {name: goal.value for name, goal in evaluation.goals.items()}, program.objects(theta), evaluation


@pytest.fixture(scope="module")
def both():
    return evaluated(NETWORK + BOTH)


@pytest.mark.slow
def test_slow_and_dynamic_ratios_agree_where_the_rate_is_low(both):
    values, objects, evaluation = both
    assert all(bool(status.ok) for status in evaluation.status.values())
    slow, quick = values["poisson_ratio(slow, along = 0 deg)"], values["poisson_ratio(quick)"]
    assert float(quick) == pytest.approx(float(slow), abs=0.01)
    assert 0.1 < float(slow) < 0.5
    assert float(values["node_poisson_ratio(quick)"]) == pytest.approx(float(quick), abs=0.3)
    along, across = (float(values[f"last(stress(quick{each}))"]) for each in ("", ", component = yy"))
    # Its last snapshot is a little before the strain.
    share = float(objects["quick"].response.abscissa[-1]) / 0.01
    assert along == pytest.approx(share * float(values["last(stress(slow, component = xx))"]), rel=0.02)
    assert abs(across) < 1e-3 * along
    assert len(objects["quick"].response.strain) == int(0.01 * objects["film"].network.box[0] / 4e-3)


def test_units_are_those_of_the_body(both):
    values, objects, _ = both
    response, film = objects["slow"].response, objects["film"]
    # 2 N·mm over (5 mm)² · 4 mm.
    assert float(film.unit_stress) == pytest.approx(0.02)
    case = response.cases[0]
    area = 25 * float(film.network.box[0] * film.network.box[1])
    work = float(np.trapezoid(np.append(0, case.mean_stress[:, 0, 0]), np.append(0, case.strain))) * area * 4
    assert float(case.energy[-1]) == pytest.approx(work, rel=1e-3)
    assert 0.01 < float(values["youngs_modulus(slow, along = 0 deg)"]) < 0.1


def test_bodies_tell_of_their_bonds(both):
    values, objects, _ = both
    degrees = np.bincount(np.asarray(objects["film"].network.bonds).ravel())
    assert float(values["coordination(film)"]) == pytest.approx(degrees.mean())
    assert float(values["least_degree(film)"]) == degrees.min()
    assert 0.7 < float(values["least_length(film)"]) < 1.2


def test_drawings_and_files_show_the_network(both, tmp_path):
    _, objects, _ = both
    film = objects["film"]
    film.figure("film")
    objects["slow"].response.figure("slow", film)
    objects["quick"].response.figure("quick", film)
    files = film.files()
    assert set(files) == {".dxf", ".svg", ".stl", ".data"} and all(files.values())
    (tmp_path / "film.data").write_bytes(files[".data"])
    np.savez(tmp_path / "film.npz", **film.arrays())
    for name in ("film.data", "film.npz"):
        again = read_network(tmp_path / name)
        np.testing.assert_array_equal(again.connections.bonds, film.network.bonds)
        np.testing.assert_allclose(again.factors, 1.0)


def refused(text):
    with pytest.raises(DiagnosticError) as raised:
        evaluated(NETWORK + text)
    return raised.value.diagnostics[0]


def test_what_leaves_no_snapshot_is_refused():
    found = refused("load quick = compress { body = film, strain = 0.01 %, interval = 1 }\nminimize poisson_ratio(quick)")
    assert found.code == "M0561" and "less than" in found.message


def test_a_last_snapshot_well_before_the_strain_is_told():
    (found,) = falls_short(0.01, 6.575, 1e-2, snapshots_in(0.01, 6.575, 1e-2, "interval"), "interval")
    assert found.field == "interval" and "0.00913, and 0.01 is asked for" in found.message and "0.0033" in found.help
    assert not falls_short(0.01, 6.575, 3.3e-3, snapshots_in(0.01, 6.575, 3.3e-3, "interval"), "interval")


def test_what_bonds_cannot_follow_is_refused():
    found = refused("load quick = compress { body = film, rate = 1e-2 }\nminimize poisson_ratio(quick)")
    assert found.code == "M0561" and "bonds could not follow" in found.message


def test_snapshots_nearer_than_time_steps_are_refused_unless_asked_for():
    quick = "load quick = compress { body = film, strain = 0.01 %, interval = 1e-5 }\nminimize poisson_ratio(quick)"
    found = refused(quick)
    assert found.code == "M0561" and "a time step is 0.46" in found.message and "`substeps = 1`" in found.help
    metac.compile(NETWORK + quick.replace("1e-5", "1e-5, substeps = 1")).program()


def test_what_takes_too_long_is_refused():
    found = refused("load quick = compress { body = film, rate = 1e-12 }\nminimize poisson_ratio(quick)")
    assert found.code == "M0561" and "time steps" in found.message


def test_a_strain_of_zero_is_refused():
    found = refused("load slow = quasi_static { body = film, strain = 0 % }\nminimize poisson_ratio(slow)")
    assert found.code == "M0561"


def test_a_fixed_edge_has_no_ratio():
    found = refused("load quick = compress { body = film, lateral = fixed }\nminimize poisson_ratio(quick)")
    assert found.code == "M0523"


def static(**given):
    fields = {"residual": 0.5, "stable": True, "flipped": -1, "edge": 1.0, **given}
    missing = jnp.asarray(fields.pop("missing", 0))
    return StaticStatus(**{name: jnp.array([[value]]) for name, value in fields.items()}, missing=missing)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"residual": np.nan}, "is floppy"),
        ({"residual": np.nan, "missing": 3}, "is floppy): its bonds are too few by 3 at least"),
        ({"stable": False, "missing": 3}, "is floppy): its bonds are too few by 3 at least"),
        ({"residual": 7.0}, "found no equilibrium"),
        ({"flipped": 4}, "bond 5 has turned"),
        ({"edge": 9.0}, "times as long as at rest"),
    ],
)
def test_static_failures_have_a_name_and_a_place(given, message):
    assert bool(static().ok) and static().failure() is None and static().instability() is None
    problem = static(**given).failure("slow")
    assert not bool(static(**given).ok)
    assert isinstance(problem, RuntimeFailure) and message in problem.message and "slow, along x" in problem.message
    assert str(static(stable=False).instability("slow")).endswith("unstable from increment 1 on: the network would buckle")
    assert bool(static(missing=3).ok), "a strain that stretches what was floppy can hold it"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"phase": 2.0}, "turns the fastest mode by 2 radian"),
        ({"edge": np.array([1.0, np.nan])}, "snapshot 1: a place is not a finite number"),
        ({"flipped": np.array([-1, 3])}, "snapshot 1: bond 4 has turned"),
        ({"edge": np.array([1.0, 0.01])}, "times as long as at rest"),
    ],
)
def test_dynamic_failures_have_a_name_and_a_place(given, message):
    fields = {"phase": 0.1, "substeps": 20, "flipped": np.array([-1, -1]), "edge": np.ones(2)}
    assert bool(DynamicStatus(**fields).ok) and DynamicStatus(**fields).failure() is None
    status = DynamicStatus(**{**fields, **given})
    problem = status.failure("quick")
    assert not bool(status.ok) and problem is not None and message in problem.message
    assert status.sound.tolist() == ([False, False] if "phase" in given else [True, False])
    if "phase" in given:
        assert problem.remedy == "`substeps = 27` or more"


def test_nothing_is_read_of_what_comes_after_a_failure():
    values, objects, _ = evaluated(
        "generator net = jammed_network { nodes = 32, removed = 0.4, least_degree = 2, seed = 3 }\n"
        "body film = springs { network = net, angle_stiffness = 1e-4 }\n"
        "load fast = compress { body = film, strain = 29 %, rate = 1e-4, temperature = 1e-3, interval = 1e-2 }\n"
        "minimize poisson_ratio(fast)\n"
    )
    response = objects["fast"].response
    first = int(np.argmin(np.asarray(response.status.sound)))
    assert first > 1 and not bool(response.status.ok)
    assert np.isfinite(response.energy[: first - 1]).all() and np.isnan(response.energy[first - 1 :]).all()
    assert np.isnan(response.trajectory.positions[first:]).all()
    assert response.figure("fast", objects["film"]) is not None
    assert not np.isfinite(next(iter(values.values())))


def test_periodic_is_the_closed_form_in_units_of_the_body():
    values, objects, evaluation = evaluated(
        NETWORK + "load rve = periodic { body = film }\nminimize poisson_ratio(rve, along = 90 deg)\n"
        "match stiffness(rve) to [[1 MPa, 0 MPa, 0 MPa], [0 MPa, 1 MPa, 0 MPa], [0 MPa, 0 MPa, 1 MPa]]\n"
    )
    assert bool(evaluation.status["rve"].ok)
    constants = elastic_constants(objects["film"].network, 0.01).stiffness
    np.testing.assert_allclose(values["stiffness(rve)"], 0.02 * constants, rtol=1e-12)
    compliance = np.linalg.inv(np.asarray(constants))
    ratio = -compliance[0, 1] / compliance[1, 1]
    assert float(values["poisson_ratio(rve, along = 90 deg)"]) == pytest.approx(ratio, rel=1e-9)


def test_networks_without_edges_are_not_gripped():
    found = refused("load shear = periodic_shear { body = film, strain = 1 % }\nminimize shear_modulus(shear)")
    assert found.code == "M0506"


def test_places_are_compared_snapshot_by_snapshot():
    values, objects, _ = evaluated(
        NETWORK
        + """
load quick = compress { body = film, strain = 0.5 %, rate = 1e-6, interval = 4e-3, temperature = 0 }
load same  = compress { body = film, strain = 0.5 %, rate = 1e-6, interval = 4e-3, temperature = 0 }
load warm  = compress { body = film, strain = 0.5 %, rate = 1e-6, interval = 4e-3, temperature = 1e-6 }
match position_error(quick, same) to e -> 0 scale 1
match position_error(warm, quick) to e -> 0 scale 1
"""
    )
    np.testing.assert_allclose(values["position_error(quick, same)"], 0, atol=1e-15)
    warm, quick = (objects[name].response.trajectory.positions[1:] for name in ("warm", "quick"))
    expected = np.sqrt(((np.asarray(warm) - np.asarray(quick)) ** 2).sum(axis=2).mean(axis=1))
    np.testing.assert_allclose(values["position_error(warm, quick)"], expected, rtol=1e-6)


def test_other_snapshots_are_not_compared():
    one = "load one = compress { body = film, strain = 0.5 %, interval = 4e-3, temperature = 0 }\n"
    found = refused(one + one.replace("one", "other").replace("4e-3", "8e-3") + "minimize last(position_error(one, other))")
    assert found.code == "M0523" and "snapshots, the other" in found.message
    # As many, but elsewhere: the values are no numbers, which a run calls a failure.
    text = one + one.replace("one", "other").replace("4e-3", "4.1e-3") + "match position_error(one, other) to e -> 0 scale 1"
    values, _, _ = evaluated(NETWORK + text)
    assert np.isnan(values["position_error(one, other)"]).all()


def test_a_network_that_comes_with_angles_keeps_them(tmp_path):
    text = NETWORK + "load rve = periodic { body = film }\nminimize poisson_ratio(rve)\n"
    program = metac.compile(text).program()
    film = program.objects(program.init(jax.random.key(0)))["film"]
    (tmp_path / "film.data").write_bytes(film.files()[".data"])
    made = 'generator net = network_file { source = "%s" }' % (tmp_path / "film.data")
    again = text.replace("generator net  = jammed_network { nodes = 16, seed = 1 }", made)
    metac.compile(again).program()
    with pytest.raises(DiagnosticError) as problem:
        metac.compile(again.replace("network = net,", "network = net, angle_stiffness = 0.02,")).program()
    (found,) = problem.value.diagnostics
    assert found.code == "M0560" and found.help == "write `angle_stiffness = 0.01`"


SPECS = sorted((Path(__file__).parents[3] / "specs" / "elastic_networks").glob("*.meta"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_specs_are_checked(spec):
    assert not [found for found in metac.load(spec).diagnostics if found.severity == "error"]


def test_a_run_leaves_a_network_that_the_next_one_reads(tmp_path):
    text = NETWORK + "load rve = periodic { body = film }\nminimize poisson_ratio(rve)\n"
    first = metac.compile(text).run(out=tmp_path / "first")
    names = {file.name for file in (tmp_path / "first").iterdir()}
    assert {"film.png", "film.npz", "film.data", "film.dxf", "film.svg", "film.stl", "rve.png"} <= names
    for name in ("film.npz", "film.data"):
        made = 'generator net = network_file { source = "%s" }' % (tmp_path / "first" / name)
        again = metac.compile(text.replace("generator net  = jammed_network { nodes = 16, seed = 1 }", made)).run()
        (one,), (other,) = first.goals.values(), again.goals.values()
        assert float(other.value) == pytest.approx(float(one.value), rel=1e-9)
