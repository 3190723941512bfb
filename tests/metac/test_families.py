"""Families of designs: their members, their processes, the table at the end. The processes run small scripts here."""

import json
import os
import signal
import sys
import threading
import time

import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.family import Member, best_of, family, folder_names, overview, read_family, restarts_of, write_family
from metac.api.run_folders import create_run_folder, stored_design
from metac.commands import exit_codes
from metac.commands.main import main
from metac.commands.process_pool import LOG, THREADS, ProcessPool, environment
from metac.commands.sweep import split
from metac.commands.sweep_driver import pursue_family
from metac.runtime.cores import cores
from metac.runtime.runs.folder import RunFolder

TEXT = "param a: Scalar = 1\nparam b: Length = 2 mm\nsweep a in [1, 2]\nsweep b in [1 mm, 2*a*1 mm]\n"
GROUP = "symmetry g = p4 { cell = 20 mm }\nlet x = 1\n"


def labels(design, over=None):
    return [member.label for member in family(design, over)]


def test_members_are_the_product_of_sweeps_and_values():
    design = metac.compile(TEXT)
    assert labels(design) == ["a=1 b=1 mm", "a=1 b=2*a*1 mm", "a=2 b=1 mm", "a=2 b=2*a*1 mm"]
    members = family(design, {"b": ("3 mm", "4 mm")})
    assert [member.label for member in members] == ["b=3 mm a=1", "b=3 mm a=2", "b=4 mm a=1", "b=4 mm a=2"]
    assert [dict(member.design.plan().parameters) for member in members[1:3]] == [{"a": 2, "b": 3}, {"a": 1, "b": 4}]
    assert labels(metac.compile("param a: Scalar = 1\n")) == [""]


def test_members_have_the_name_of_the_design_also_when_they_are_taken_from_their_folders(tmp_path):
    (tmp_path / "auxetic.meta").write_text(TEXT)
    for number, member in enumerate(family(metac.load(tmp_path / "auxetic.meta"), {"b": ("3 mm", "4 mm")})):
        create_run_folder(member.design, tmp_path / str(number), Conditions()).close()
        assert member.design.name == stored_design(RunFolder(tmp_path / str(number))).name == "auxetic"


def test_a_group_is_swapped_with_or_without_fields_of_its_own():
    design = metac.compile(GROUP)
    groups = [
        m.design.graph.nodes["g"].definition.name for m in family(design, {"g": ("p4mm", "pg { cell = [1 mm, 2 mm] }")})
    ]
    assert groups == ["p4mm", "pg"]


def test_errors_tell_which_values_they_come_with():
    with pytest.raises(metac.DiagnosticError) as caught:
        family(metac.compile(GROUP + "param a: Scalar = 1\n"), {"a": ("1", "2"), "g": ("p4", "p2")})
    found = caught.value.diagnostics
    assert sorted(each.code for each in found) == ["M0301", "M0302"]
    assert all("with g=p2" in each.notes and '--over "g=p2 { … }"' in each.notes[-1] for each in found)
    with pytest.raises(metac.DiagnosticError) as caught:
        family(metac.compile("let x = nothing\nparam a: Scalar = 1\n"), {"a": ("1", "2")})
    assert [each.code for each in caught.value.diagnostics] == ["M0201"]
    assert not any("with" in note for note in caught.value.diagnostics[0].notes)


def test_values_are_split_outside_brackets_and_texts():
    assert split("p1, p4,pg") == ("p1", "p4", "pg")
    assert split('[10, 10],[20, 20],pg { cell = [1 mm, 2 mm] },"a,b"')[1:] == (
        "[20, 20]",
        "pg { cell = [1 mm, 2 mm] }",
        '"a,b"',
    )


@pytest.mark.parametrize(
    "options",
    [["--over", "a=1,"], ["--over", "a"], [], ["--over", "a=1", "--over", "a=2"], ["--over", "a=1,2", "--jobs", "0"]],
)
def test_wrong_usage(tmp_path, options):
    (tmp_path / "a.meta").write_text("param a: Scalar = 1\n")
    assert main(["sweep", str(tmp_path / "a.meta"), *options]) == exit_codes.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["a.meta"]


def test_restarts_become_members():
    text = (Text.SPEC.replace("steps = 4", "steps = 4, restarts = 3"), Text.SPEC)
    members = restarts_of(metac.compile(text[0]))
    assert [(member.label, member.restart) for member in members] == [("restart 1", 0), ("restart 2", 1), ("restart 3", 2)]
    assert len(restarts_of(metac.compile(text[1]))) == 1


class Text:
    SPEC = """\
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = 50 MPa, nu = 0.4 }
shape     pores  = tiled { motif = circle { radius = 3.5 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [2, 2], material = rubber }
generator warp   = flow { symmetry = g }
body      design = deformed { body = sheet, by = warp }
load      pull   = tension { body = design, strain = 2 %, increments = 2 }
match   poisson_ratio(pull) to 0.3
study fit = optimize { vary = warp, steps = 4 }
"""


def result(value, met, ended="step limit", **more):
    goal = {"value": value, "unit": "", "fresh_mesh": {"value": value + 1}, "verdict": met}
    return {"goals": {"ratio": goal}, "met": met, "loss": abs(value), "ended": ended, "failure": None} | more


@pytest.fixture
def make_family(tmp_path):
    """Makes a family whose members' processes run scripts; gives the family and its runner."""

    def make(scripts, jobs=2, restarts=False):
        members = [Member(f"n={number}", None) for number in range(len(scripts))]
        names = folder_names(members)
        for name, script in zip(names, scripts, strict=True):
            folder = RunFolder.create(tmp_path / name)
            folder.update(status="waiting")
            folder.write("script.py", "import json, os, signal, sys, time, pathlib\n" + script)
            folder.close()
        runner = ProcessPool(jobs, lambda line: print(line, file=sys.stderr))
        runner.make_command = lambda folder: [sys.executable, str(folder / "script.py"), str(folder)]
        return write_family(tmp_path, names, members, restarts=restarts), runner

    return make


FINISH = """
folder = pathlib.Path(sys.argv[1])
(folder / "result.json").write_text(json.dumps({result}))
(folder / "run.json").write_text(json.dumps({{"status": "finished"}}))
print("step", file=sys.stderr)
print("table")
sys.exit({code})
"""


def finish(value, met, **more):
    known = repr(result(value, met, **more))
    return FINISH.format(result=known, code=0 if met else 3)


def test_a_failed_member_does_not_lose_the_others(make_family, capsys):
    scripts = [finish(1, True), "os.kill(os.getpid(), signal.SIGKILL)", finish(3, False), "sys.exit(4)"]
    members, runner = make_family(scripts)
    assert pursue_family(members, jobs=2, form="text", runner=runner) == exit_codes.FAILED
    shown = capsys.readouterr()
    rows = [line.split() for line in shown.out.splitlines()[-4:]]
    assert [row[0] for row in rows] == ["n=0", "n=1", "n=2", "n=3"]
    assert [rows[0][1:], rows[2][1:]] == [["2", "met"], ["4", "missed"]] and rows[1][-1] == "failed"
    assert "n=0 │ step" in shown.err and "SIGKILL" in shown.err and "table" not in shown.err
    # Two streams: which is written first depends on how busy the machine is.
    assert sorted((members.members[0].folder / LOG).read_text().split()) == ["step", "table"]
    kept = json.loads((members.folder / "results.json").read_text())["members"]
    assert [entry["verdict"] for entry in kept][:3] == ["met", "failed", "missed"]


def test_only_unfinished_members_are_gone_on_with(make_family, capsys):
    members, runner = make_family([finish(1, True), "sys.exit(4)"])
    assert pursue_family(members, jobs=1, form="text", runner=runner) == exit_codes.FAILED
    for place, script in zip(members.members, ["sys.exit(70)", finish(2, True)], strict=True):
        (place.folder / "script.py").write_text("import json, pathlib, sys\n" + script)
    again = read_family(members.folder)
    assert again == members and again is not None
    assert pursue_family(again, jobs=1, form="text", runner=runner) == exit_codes.MET
    assert "2 designs, 1 to run" in capsys.readouterr().out


def test_members_run_side_by_side_and_no_more_than_asked(make_family):
    script = finish(1, True) + "\n"
    wait = (
        "folder = pathlib.Path(sys.argv[1])\n(folder / 'here').touch()\n"
        "for _ in range(500):\n    if len(list(folder.parent.glob('*/here'))) >= 2: break\n    time.sleep(0.01)\n"
        "else: sys.exit(4)\n"
    )
    members, runner = make_family([wait + script, wait + script])
    assert pursue_family(members, jobs=2, form="text", runner=runner) == exit_codes.MET
    alone = "assert len(list(pathlib.Path(sys.argv[1]).parent.glob('*/busy'))) == 0\n"
    busy = "f = pathlib.Path(sys.argv[1]) / 'busy'\nf.touch()\ntime.sleep(0.1)\nf.unlink()\n"
    for place in members.members:
        (place.folder / "result.json").unlink()
        (place.folder / "script.py").write_text("import json, pathlib, sys, time\n" + alone + busy + script)
    runner.jobs = 1
    assert pursue_family(members, jobs=1, form="text", runner=runner) == exit_codes.MET


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, exit_codes.INTERRUPTED), (signal.SIGTERM, exit_codes.TERMINATED)]
)
def test_a_signal_reaches_all_and_starts_no_more(make_family, capsys, number, code):
    patient = (
        "folder = pathlib.Path(sys.argv[1])\n"
        "def stop(*_):\n    (folder / 'saved').touch()\n    sys.exit(130)\n"
        "signal.signal(signal.SIGINT, stop)\nsignal.signal(signal.SIGTERM, stop)\n"
        "(folder / 'ready').touch()\ntime.sleep(30)\n"
    )
    members, runner = make_family([patient, patient, finish(1, True)])
    folders = [place.folder for place in members.members]

    def interrupt():
        while not all((folder / "ready").exists() for folder in folders[:2]):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=interrupt, daemon=True).start()
    assert pursue_family(members, jobs=2, form="text", runner=runner) == code
    assert [(folder / "saved").exists() for folder in folders] == [True, True, False]
    shown = capsys.readouterr()
    assert f"metac resume {members.folder}" in shown.err and shown.out.splitlines()[-1].endswith("not started")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_of_restarts_the_best_counts_and_the_stop_rule_ends_all(make_family, capsys):
    slow = "time.sleep(60)\n"
    members, runner = make_family([finish(-0.5, True, ended="stop rule"), slow, slow], restarts=True)
    started = time.monotonic()
    assert pursue_family(members, jobs=2, form="text", runner=runner) == exit_codes.MET
    assert time.monotonic() - started < 30
    assert "the best is n=0" in capsys.readouterr().out
    assert pursue_family(members, jobs=2, form="text", runner=runner) == exit_codes.MET
    assert "0 to run" in capsys.readouterr().out


def test_the_best_meets_the_goals_first():
    assert best_of([result(0.1, False), None, result(3.0, True), result(2.0, True)]) == 3
    assert best_of([None]) is None


def test_processes_share_the_cores(monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    shared = environment(cores())
    assert {shared[name] for name in THREADS} == {"1", "7"} and shared["MKL_NUM_THREADS"] == "7"
    assert "NPROC" not in environment(1)


def test_folder_names_are_safe_and_distinct():
    names = folder_names([Member(label, None) for label in ("a=../../x", "a=[1, 2]", "a=" + 300 * "x")])
    assert names[:2] == ["1-a-..-..-x", "2-a-1-2"] and len(set(names)) == 3
    assert all("/" not in name and len(name) <= 80 for name in names)


def test_an_overview_shows_failures_and_curves():
    assert overview([("a", None, "failed")]) == (["design", "verdict"], [["a", "failed"]])
    curve = {"value": [1, 2], "unit": "MPa", "deviation": 0.5, "verdict": False}
    rows = overview([("a", {"goals": {"s": curve}, "met": False, "failure": {"code": "M0611"}}, "")])[1]
    assert rows == [["a", "off by 0.5 MPa", "failed"]]


def test_a_damaged_list_is_told(tmp_path):
    assert read_family(tmp_path) is None
    (tmp_path / "family.json").write_text("[]")
    with pytest.raises(metac.RuntimeFailure, match="cannot be read"):
        read_family(tmp_path)
