"""`metac table`: sweeps and labelled designs as tables, and what is told of those that are none."""

import csv
import json
import sys

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.design_tables import design_table
from metac.api.family import family, folder_names, write_family
from metac.api.run_folders import create_run_folder
from metac.commands import exit_codes
from metac.commands.main import main
from tests.library import constructor

Designs = constructor("dataset", "designs")
SPEC = "param a: Scalar = 1\nparam b: Length = 2 mm\nparam c: Length = 2 mm\nsweep a in [1, 2, 3]\nsweep b in [1 mm]\n"


def goal(value, fresh, **more):
    return {
        "sense": "match",
        "unit": "MPa",
        "value": value,
        "met": True,
        "contribution": 0.0,
        "verdict": True,
        "fresh_mesh": {"value": fresh, "met": True, "deviation": 0.25, "contribution": 0.0},
    } | more


def result(stiffness, curve, met=True):
    report = {"unit": "mm^2", "value": 1 / 7}
    return {
        "met": met,
        "loss": 1 / 3,
        "failure": None,
        "goals": {"G[1, 2]": goal(*stiffness), "curve": goal(curve, curve, deviation=0.5, target=[1.0, 2.0])},
        "reports": {"area": report, "response": {"unit": "MPa", "value": [1.0, 2.0]}},
        "varied": {"wide": {"unit": "mm", "start": 1.0, "value": 2.5}},
    }


@pytest.fixture
def sweep(tmp_path):
    """The folder of a sweep of three: one that is met, one whose fresh mesh failed, one that has not begun."""
    members = family(metac.compile(SPEC), {"c": ("3 mm", "4.5 mm")})[1:4]
    names = folder_names(members)
    results = [result((0.1 + 0.2, "inf"), [1.0, 2.0]), result((-2.5, None), None, met=False), None]
    for name, member, found in zip(names, members, results, strict=True):
        folder = create_run_folder(member.design, tmp_path / "sweep" / name, Conditions())
        if found is not None:
            folder.write("result.json", json.dumps(found))
        folder.close()
    write_family(tmp_path / "sweep", names, members)
    return tmp_path / "sweep"


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    return dict(zip(headings, zip(*rows, strict=True), strict=True))


def test_a_sweep_as_a_table(sweep, tmp_path, capsys):
    assert main(["table", str(sweep), str(tmp_path / "a.csv")]) == exit_codes.MET
    found = read(tmp_path / "a.csv")
    assert found["design"] == ("c=3 mm a=2 b=1 mm", "c=3 mm a=3 b=1 mm", "c=4.5 mm a=1 b=1 mm")
    assert (found["a"], found["c [mm]"]) == (("2", "3", "1"), ("3.0", "3.0", "4.5"))
    assert not any(heading.startswith("b") for heading in found)
    assert found["wide found [mm]"] == ("2.5", "2.5", "")
    assert found["G[1, 2] [MPa]"] == (repr(0.1 + 0.2), "-2.5", "")
    assert found["G[1, 2] on a fresh mesh [MPa]"] == ("inf", "", "")
    assert found["curve deviation [MPa]"] == ("0.5", "0.5", "") and "curve [MPa]" not in found
    assert found["curve deviation on a fresh mesh [MPa]"] == ("0.25", "0.25", "")
    assert found["area [mm^2]"] == (repr(1 / 7), repr(1 / 7), "")
    assert (found["loss"], found["verdict"]) == ((repr(1 / 3), repr(1 / 3), ""), ("met", "missed", "not started"))
    told = capsys.readouterr().out
    assert "3 rows, 11 columns" in told
    assert (
        "1 of `G[1, 2]`, 2 of `G[1, 2] on a fresh mesh`" in told
        and "left out, more than a number a design: response" in told
    )


@pytest.mark.parametrize("broken", ["{", "[]", '{"met": true}', json.dumps(result((1, 1), [1.0]) | {"varied": {"a": 1}})])
def test_a_result_that_is_not_ours_is_told(sweep, tmp_path, capsys, broken):
    place = next(sweep.glob("2-*")) / "result.json"
    place.write_text(broken)
    assert main(["table", str(sweep), str(tmp_path / "a.csv")]) == exit_codes.FAILED
    assert "not what metac writes" in " ".join(capsys.readouterr().err.split()) and not (tmp_path / "a.csv").exists()


def test_a_report_that_failed_is_an_empty_cell(sweep):
    place = next(sweep.glob("2-*")) / "result.json"
    found = json.loads(place.read_text())
    found["reports"]["area"] = {"unit": "mm^2", "value": 0.0, "failure": "the linear solve is off by 1"}
    place.write_text(json.dumps(found))
    area = next(column for column in design_table(sweep).columns if column.name == "area")
    assert list(area.cells) == [1 / 7, None, None]


def test_names_are_told_apart(sweep):
    spec = SPEC.replace("param a:", "param loss:").replace("sweep a", "sweep loss")
    members = family(metac.compile(spec))[:2]
    for number, member in enumerate(members):
        create_run_folder(member.design, sweep / "other" / str(number), Conditions()).close()
    write_family(sweep / "other", ["0", "1"], members)
    assert [column.name for column in design_table(sweep / "other").columns] == ["design", "loss", "loss (2)", "verdict"]


@pytest.fixture
def labelled(tmp_path):
    """An .npz file as a run of `sample` leaves it."""
    rng = np.random.default_rng(0)
    arrays = {
        "designs": rng.integers(0, 2, (6, 3)),
        "labels": rng.normal(size=(6, 2)),
        "settings": rng.integers(1, 5, (6, 1)),
    }
    names = {"label_names": ["E11", "nu12"], "label_units": ["MPa", ""], "setting_names": ["D1"]}
    np.savez(tmp_path / "cells.npz", **arrays, **{name: np.array(texts) for name, texts in names.items()})
    return tmp_path / "cells.npz"


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_labelled_designs_are_read_again_as_they_were(labelled, tmp_path, ending, capsys):
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is an extra: metac-design[parquet]")
    path = tmp_path / f"cells{ending}"
    assert main(["table", str(labelled), str(path)]) == exit_codes.MET
    assert capsys.readouterr().out == f"{path}: 6 rows, 6 columns\n"
    first, again = Designs(source=str(labelled)), Designs(source=str(path), labels=["E11", "nu12"], settings=["D1"])
    assert (again.label_names, again.label_units, again.setting_names) == (first.label_names, first.label_units, ("D1",))
    for one, other in zip(first.samples(), again.samples(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_that_are_no_numbers_are_empty_and_counted(labelled, tmp_path, capsys):
    with np.load(labelled) as file:
        arrays = dict(file)
    arrays["labels"][2, 1] = np.nan
    np.savez(labelled, **arrays)
    assert main(["table", str(labelled), str(tmp_path / "a.csv")]) == exit_codes.MET
    assert read(tmp_path / "a.csv")["nu12"][2] == ""
    assert "empty cells, where no value is known: 1 of `nu12`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "file", "code", "words"),
    [
        ("sweep", "a.xlsx", exit_codes.USAGE, "none of .csv, .parquet"),
        ("sweep", "there.csv", exit_codes.USAGE, "exists: name a new file"),
        ("sweep", "a.parquet", exit_codes.USAGE, 'pip install "metac-design[parquet]"'),
        ("sweep", "nowhere/a.csv", exit_codes.FAILED, "cannot be written: No such file"),
        ("nothing", "a.csv", exit_codes.FAILED, "neither the folder of a sweep nor"),
        ("nothing.npz", "a.csv", exit_codes.FAILED, "No such file"),
        ("theta.npz", "a.csv", exit_codes.FAILED, "no array `designs`"),
        (".", "a.csv", exit_codes.FAILED, "neither the folder of a sweep nor"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(sweep, monkeypatch, capsys, source, file, code, words):
    monkeypatch.chdir(sweep.parent)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    np.savez("theta.npz", warp=np.zeros(3))
    (sweep.parent / "there.csv").write_text("mine")
    assert main(["table", source, file]) == code
    told = " ".join(capsys.readouterr().err.split())
    assert words in told and "Traceback" not in told
    assert (sweep.parent / "there.csv").read_text() == "mine"
    assert sorted(path.name for path in sweep.parent.iterdir()) == ["sweep", "there.csv", "theta.npz"]
