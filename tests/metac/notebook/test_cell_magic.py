"""The cell magic `%%meta` in an IPython shell, and what designs and results look like there."""

from __future__ import annotations

import sys

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import metac
from metac.notebook.cell_magic import CellError, RunError
from metac.notebook.notebook_progress import NotebookProgress, in_notebook
from tests.metac.test_docstrings import SPEC


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell()
    made.run_line_magic("load_ext", "metac")
    yield made
    made.clear_instance()


@pytest.fixture(scope="module")
def result(shell):
    shell.run_cell_magic("meta", "found --run --seed 1 --set 'wanted = 12'", SPEC)
    return shell.user_ns["found"]


def test_a_cell_gives_its_design_a_name(shell):
    shell.run_cell_magic("meta", "cell --set wanted=11", SPEC)
    design = shell.user_ns["cell"]
    assert isinstance(design, metac.Design)
    assert design.plan().parameters["wanted"] == 11
    page = design._repr_html_()
    assert repr(design) == "<metac design cell, wanted='11'>"
    assert "optimize" in page and "wanted" in page and "<b>cell</b>" in page


def test_a_wrong_cell_names_the_place_and_stops(shell, capsys):
    shell.user_ns.pop("wrong", None)
    with pytest.raises(CellError) as caught:
        shell.run_cell_magic("meta", "wrong", SPEC.replace("field, size", "fields, size"))
    (text,) = caught.value._render_traceback_()
    assert "<cell>:6:" in text and "did you mean `field`" in text
    assert "wrong" not in shell.user_ns
    assert not shell.run_cell("%%meta wrong\nlet x = 1 mm + 1 s").success
    assert "Traceback" not in capsys.readouterr().out


def test_warnings_are_shown_and_the_design_is_there(shell, capsys):
    shell.run_cell_magic("meta", "warned", SPEC + "let spare = 3 mm\n")
    assert "spare" in capsys.readouterr().out
    assert isinstance(shell.user_ns["warned"], metac.Design)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1x", "cannot be the name"),
        ("a --set wanted", "NAME=VALUE"),
        ("a --set =3", "NAME=VALUE"),
        ("a --run --seed -1", "seed"),
    ],
)
def test_a_wrong_line_is_refused(shell, line, words):
    with pytest.raises(UsageError, match=words):
        shell.run_cell_magic("meta", line, SPEC)


def test_an_unknown_parameter_is_a_diagnostic(shell):
    with pytest.raises(CellError, match="wantd"):
        shell.run_cell_magic("meta", "a --set wantd=3", SPEC)


def test_a_cell_runs_and_shows_what_was_reached(result):
    assert isinstance(result, metac.Result) and result.met
    assert abs(result.goals["stiffness(rve)[1, 1]"].value - 12) < 1
    page = result._repr_html_()
    assert ">met</td>" in page and "stiffness(rve)[1, 1]" in page
    assert page.count("data:image/png;base64,") == len(result.drawings) == 2


def test_a_failed_run_stops_the_cell(shell, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("x")
    with pytest.raises(RunError) as caught:
        shell.run_cell_magic("meta", f"a --run --out {tmp_path / 'full'}", SPEC)
    assert "full" in caught.value._render_traceback_()[0]


def test_an_opened_result_is_shown_without_simulating_anew(result, tmp_path, monkeypatch):
    folder = result.save(tmp_path / "kept")
    opened = metac.open(folder)
    monkeypatch.setattr("metac.api.opening._reached", lambda *_: pytest.fail("made again"))
    assert not opened.at_hand
    page = opened._repr_html_()
    assert ">met</td>" in page and "kept" in page and "data:image" not in page


def test_what_is_shown_is_escaped():
    page = metac.compile("let a = 1 # <script>alert(1)</script>\n").set()._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_program_says_what_is_free(shell):
    page = metac.compile(SPEC).program()._repr_html_()
    assert "field: [8, 8]" in page and "wanted" in page


def test_figures_are_shown_as_pictures(shell, result):
    shown, _ = shell.display_formatter.format(result.plot())
    assert shown["image/png"]


def test_pixels_have_no_mesh(result):
    assert result.meshes == {}
    pytest.importorskip("pyvista", reason="PyVista is not installed")
    with pytest.raises(ValueError, match="no mesh"):
        result.to_pyvista()


def test_a_missing_pyvista_is_named(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvista", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pyvista"):
        result.to_pyvista()


def test_progress_is_one_line_that_changes():
    class Handle:
        def update(self, content):
            shown.append(content)

    def show(content):
        shown.append(content)
        return Handle()

    shown: list[str] = []
    record = {"stage": 0, "restart": 0, "loss": 2.0, "best": 2.0, "seconds": 0.1}
    progress = NotebookProgress(show, clock=lambda: 0.0)
    progress.begin("fit <1>", 9)
    progress.note("remember")
    progress.step({**record, "step": 1})
    progress.step({**record, "step": 2, "end": "converged"})
    progress.phase("writing results")
    assert "writing results" in shown[-1]
    progress.end()
    assert "fit &lt;1&gt;: at most 9 steps" in shown[0]
    assert "step 2/9" in shown[-1] and "remember" in shown[-1] and "step 1/9" not in "".join(shown)
    assert not in_notebook()
