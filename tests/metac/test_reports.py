"""`report`: measures that are computed and written, and judged by nothing."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest

import metac
from metac.api.verification_warnings import unstable_loads
from metac.commands import exit_codes
from metac.commands.main import main
from metac.compiler.plan import make_plan
from metac.runtime.errors import instabilities
from metac.runtime.report.reported import OnMesh, Reported

CELL = """\
material  soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [6, 6], filter = 2 }
body      cell  = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load      rve   = periodic { body = cell }
"""
STUDY = """\
match volume_fraction(cell) to 0.4 within 0.01
study fit = optimize { vary = field, using = mma, steps = 1 }
"""
REPORTS = """\
report stiffness(rve)
report volume_fraction(cell)
report log(-volume_fraction(cell))
"""
SHEET = """\
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = 50 MPa, nu = 0.3 }
shape     pores  = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [1, 1], material = rubber, size = 5 mm, order = 1 }
load      pull   = tension { body = sheet, along = y, strain = 4 %, increments = 2 }
match stress(pull) to e -> 30 MPa * e within 1 MPa
report stress(pull)
report stress(pull)(2 %)
"""


def codes(result):
    return [each.code for each in result.warnings]


@pytest.fixture(scope="module")
def pulled(tmp_path_factory):
    """A sheet whose goal and reports read the same curve, in a folder."""
    folder = tmp_path_factory.mktemp("pulled")
    return metac.compile(SHEET).run(out=folder / "run"), folder / "run"


def test_a_report_is_what_a_goal_would_have_read_on_both_meshes(pulled):
    result, _ = pulled
    goal, (curve, point) = result.goals["stress(pull)"], result.reports.values()
    assert curve.own.value == pytest.approx(goal.value, rel=1e-12)
    assert curve.fresh.value == pytest.approx(goal.fresh_value, rel=1e-12)
    assert curve.own.abscissa == pytest.approx([0.02, 0.04]) and curve.over == "nominal strain" and curve.unit == "MPa"
    assert point.own.value == pytest.approx(goal.value[0], rel=1e-12) and point.own.abscissa is None
    assert curve.own.value != pytest.approx(curve.fresh.value, rel=1e-6)


def test_a_curve_is_written_as_table_and_figure(pulled):
    result, folder = pulled
    with (folder / "report-stress-pull.csv").open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head[:2] == ["nominal strain", "stress(pull) [MPa]"]
    table = np.array(rows, dtype=float)
    curve = result.reports["stress(pull)"]
    assert table[:, 1] == pytest.approx(curve.own.value) and table[:, 3] == pytest.approx(curve.fresh.value)
    assert (folder / "report-stress-pull.png").is_file() and (folder / "stress-pull.png").is_file()
    assert "report-stress-pull.csv" in (folder / "README.txt").read_text(encoding="utf-8")
    assert json.loads((folder / "result.json").read_text())["reports"]["stress(pull)(2 %)"]["unit"] == "MPa"


def test_an_opened_run_has_its_reports(pulled):
    result, folder = pulled
    assert metac.open(folder).reports == result.reports
    assert "report" in metac.open(folder).table()


def test_a_report_that_fails_is_named_and_takes_nothing_with_it(tmp_path):
    design = metac.compile(CELL + STUDY + REPORTS)
    result = design.run(out=tmp_path / "run")
    assert list(result.goals) == ["volume_fraction(cell)"]
    stiffness, share, failed = result.reports.values()
    assert np.shape(stiffness.own.value) == (3, 3) and share.own.value == pytest.approx(
        result.goals["volume_fraction(cell)"].value
    )
    assert failed.own.value is None and result.failure is None
    (warning,) = [each for each in result.warnings if each.code == "M0634"]
    assert "log(-volume_fraction(cell))" in warning.message and warning.labels[0].span.text == "log(-volume_fraction(cell))"
    assert "failed" in result.table().splitlines()[-1]


@pytest.mark.slow
def test_reports_add_nothing_to_the_loss_and_survive_a_resume(tmp_path):
    (tmp_path / "cell.meta").write_text(CELL + STUDY + REPORTS.splitlines()[1])
    assert main(["run", str(tmp_path / "cell.meta"), "--out", str(tmp_path / "run")]) in (exit_codes.MET, exit_codes.MISSED)
    first = metac.open(tmp_path / "run")
    bare = metac.compile(CELL + STUDY).run()
    assert [each["loss"] for each in first.history] == [each["loss"] for each in bare.history]
    assert main(["resume", str(tmp_path / "run"), "--steps", "2"]) in (exit_codes.MET, exit_codes.MISSED)
    again = metac.open(tmp_path / "run")
    assert again.summary["steps"] == 2
    assert again.reports["volume_fraction(cell)"].own.value == again.goals["volume_fraction(cell)"].value


def test_a_spec_of_reports_alone_runs_and_fails_where_one_fails(tmp_path, capsys):
    (tmp_path / "cell.meta").write_text(CELL + REPORTS.splitlines()[1])
    assert main(["run", str(tmp_path / "cell.meta"), "--out", str(tmp_path / "a")]) == exit_codes.MET
    assert "volume_fraction(cell)" in capsys.readouterr().out
    (tmp_path / "cell.meta").write_text(CELL + REPORTS)
    assert main(["run", str(tmp_path / "cell.meta"), "--out", str(tmp_path / "b")]) == exit_codes.FAILED
    assert "M0634" in capsys.readouterr().err


def test_plans_without_reports_keep_their_hashes():
    plain, reporting = (make_plan(metac.compile(text).graph) for text in (CELL + STUDY, CELL + STUDY + REPORTS))
    assert "reports" not in plain.canonical() and plain.hash != reporting.hash


@pytest.mark.slow
def test_goals_and_reports_read_one_fresh_body_of_fixed_pixels():
    """What the body computes once in one of the two programs must not reach the other."""
    result = metac.compile("""\
material phase = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
body     beam  = pixels { density = [[1, 1]], size = 2 mm, materials = [phase, phase] }
support  left  = held_edge { edge = left }
load     bend  = point_forces { body = beam, supports = [left], at = [[2 mm, 1 mm]], forces = [[0 N, -1 N]] }
match  compliance(bend) to 1 mJ within 1 J
report compliance(bend)
""").run()
    (report,) = result.reports.values()
    assert report.fresh.value == pytest.approx(result.goals["compliance(bend)"].fresh_value)


class Branching:
    """A status of a load that ends on an unstable branch."""

    def instability(self, name: str) -> str:
        return f"{name} is unstable"


def test_paths_that_reports_alone_read_are_told_to_be_unstable():
    graph, evaluation = SimpleNamespace(nodes={}), SimpleNamespace(status={"pull": Branching()})
    report = Reported("report", "", OnMesh(1.0, unstable=instabilities({"pull": Branching(), "push": Branching()})))
    found = unstable_loads(graph, evaluation, [report])
    assert {each.message for each in found} == {"push is unstable", "pull is unstable"} and len(found) == 2
    assert {each.code for each in found} == {"M0615"}
