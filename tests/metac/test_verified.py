"""`verify`: conditions that are judged once at the end, and that no study pursues."""

import json

import jax
import pytest

import metac
from metac.commands import exit_codes
from metac.commands.main import main

CELL = """\
material  soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [6, 6], filter = 2 }
body      cell  = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load      rve   = periodic { body = cell }
match volume_fraction(cell) to 0.4 within 0.1
"""
STUDY = "study fit = optimize { vary = field, using = mma, steps = 1 }\n"
VERIFIED = "verify stiffness(rve)[1, 1] in 1 MPa .. 100 MPa\n"
BROKEN = "verify log(-volume_fraction(cell)) <= 1\n"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    spec = folder / "cell.meta"
    spec.write_text(CELL + STUDY + VERIFIED + "verify volume_fraction(cell) <= 0.01 and stiffness(rve)[2, 2] >= 1 MPa\n")
    code = main(["run", str(spec), "--out", str(folder / "run")])
    return code, folder / "run"


def operations(text):
    """How many the loss has."""
    program = metac.compile(text).program()
    theta = jax.eval_shape(program.init, jax.random.key(0))
    return len(jax.make_jaxpr(program.loss)(theta, program.inputs).jaxpr.eqns)


def test_what_is_verified_is_no_part_of_the_loss():
    """Nor is its load in what a study evaluates: the program has the same operations, and only bounds as inputs beside."""
    required = VERIFIED.replace("verify", "require")
    plain, more, pursued = (operations(CELL + STUDY + each) for each in ("", VERIFIED, required))
    assert plain == more < pursued


def test_it_is_judged_like_a_requirement(judged):
    code, folder = judged
    assert code == exit_codes.MISSED
    summary = json.loads((folder / "result.json").read_text())
    stiffness, small, large = list(summary["goals"].values())[1:]
    assert [each["sense"] for each in (stiffness, small, large)] == ["verify"] * 3
    assert [each["verdict"] for each in (stiffness, small, large)] == [True, False, True]
    assert stiffness["contribution"] is None
    assert 1 < stiffness["value"] < 100 and stiffness["unit"] == "MPa"
    assert summary["loss"] == pytest.approx(summary["goals"]["volume_fraction(cell)"]["contribution"])
    # On every mesh that goals are judged on.
    assert stiffness["fresh_mesh"]["value"] == pytest.approx(stiffness["value"], rel=0.2)


def test_an_opened_run_and_its_page_have_it(judged):
    _, folder = judged
    result = metac.open(folder)
    assert [verdict.sense for verdict in result.goals.values()] == ["match", "verify", "verify", "verify"]
    assert "volume_fraction(cell) &lt;= 0.01" in (folder / "report.html").read_text()
    assert "≤ 0.01" in result.table()


def test_it_is_part_of_what_is_computed():
    plain, more = metac.compile(CELL).plan(), metac.compile(CELL + VERIFIED).plan()
    other = metac.compile(CELL + VERIFIED.replace("verify", "require")).plan()
    assert len({plain.hash, more.hash, other.hash}) == 3
    assert "verify stiffness(rve)[1, 1] in 1 MPa .. 100 MPa" in more.describe()


def test_without_a_study_it_is_judged_too():
    result = metac.compile(CELL + VERIFIED).run()
    assert list(result.goals.values())[1].final


def test_a_value_that_is_no_number_is_a_failure_with_a_name():
    result = metac.compile(CELL + STUDY + BROKEN).run()
    assert result.failure is not None and result.failure.code == "M0614"
    verdict = result.goals["log(-volume_fraction(cell)) <= 1"]
    assert verdict.value is None and not verdict.final
    assert result.goals["volume_fraction(cell)"].value is not None
