"""`report.html` in the folders of runs that are finished, failed or interrupted; it needs nothing beside itself."""

import json
import os
import re
import shutil
import signal
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from metac.api.report_page.page import render, write_page
from metac.api.run_content import read_run
from metac.commands import exit_codes
from metac.commands.main import main
from metac.commands.run_driver import run_design
from metac.runtime.report.mesh_export import write_vtu
from tests.runtime.report.conftest import make_sheet


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch, fake_everywhere):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("metac.api.compilation_cache.enable", lambda: None)


class Page(HTMLParser):
    """Texts outside of scripts and styles, addresses, and the data of the charts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.addresses, self.scripts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style" and data.strip():
            self.texts.append(data.strip())

    @property
    def data(self):
        return json.loads(self.scripts[0])


def page_of(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def run(design, out):
    return run_design(design, out=out, seed=1, form="text")


def test_a_finished_run_has_a_page_that_says_all_of_it(fake, tmp_path):
    assert run(fake(steps=200), tmp_path / "a") == exit_codes.MET
    page = page_of(tmp_path / "a")
    text = "\n".join(page.texts)
    assert "Every goal and requirement is met, also on a fresh mesh." in text
    assert "position(pull)" in text and "param wanted: Scalar = 2" in text and "result.json" in text
    assert re.search(r"--seed 1\b", text)
    loss, goal = page.data["progress"]
    assert len(loss["series"][0]["values"]) == 201 and goal["series"][0]["values"][-1] == pytest.approx(2, abs=0.01)
    assert "report.html" in (tmp_path / "a" / "README.txt").read_text()


def test_nothing_is_fetched_from_elsewhere(fake, tmp_path):
    run(fake(steps=3), tmp_path / "a")
    page = page_of(tmp_path / "a")
    assert not [address for address in page.addresses if re.match(r"(https?:)?//", address)]
    assert "default-src 'none'" in (tmp_path / "a" / "report.html").read_text()


def test_goals_that_are_missed_and_runs_that_fail_are_told(fake, tmp_path):
    assert run(fake(steps=2), tmp_path / "a") == exit_codes.MISSED
    assert "1 of 1 goals and requirements are not met." in page_of(tmp_path / "a").texts
    assert run(fake(limit=1.0923, steps=50), tmp_path / "b") == exit_codes.FAILED
    texts = page_of(tmp_path / "b").texts
    assert any(text.startswith("The run failed: what follows is the best design before") for text in texts)
    assert run(fake(limit=0.0), tmp_path / "c") == exit_codes.FAILED
    assert "The run failed." in page_of(tmp_path / "c").texts


def test_an_interrupted_run_has_a_page_and_so_has_one_that_goes_on(fake, tmp_path, monkeypatch):
    def note(self, record):
        if record["step"] == 6:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr("metac.runtime.report.plain_progress.PlainLines.step", note)
        assert run(fake(), tmp_path / "a") == exit_codes.INTERRUPTED
    page = page_of(tmp_path / "a")
    assert "The run was interrupted: 7 records so far. Nothing is judged yet." in page.texts
    assert len(page.data["progress"][0]["abscissa"]) == 7
    about = json.loads((tmp_path / "a" / "run.json").read_text())
    (tmp_path / "a" / "run.json").write_text(json.dumps(about | {"status": "running"}))
    assert "was going on when this page was made" in render(read_run(tmp_path / "a"))


def test_texts_of_a_spec_cannot_become_parts_of_the_page(fake, tmp_path):
    run(fake(steps=3), tmp_path / "a")
    hostile = "</script></style></code><script>alert(1)</script><img src=x onerror=alert(2)>"
    (tmp_path / "a" / "spec.meta").write_text(f"# {hostile}\n")
    for name in ("run.json", "result.json"):
        content = json.loads((tmp_path / "a" / name).read_text())
        content["name"] = hostile
        if "goals" in content:
            content["goals"][hostile] = content["goals"]["position(pull)"] | {"abscissa": [0.0, 1.0], "value": [1.0, 2.0]}
            content["goals"][hostile] |= {
                "target": [1.0, 2.0],
                "fresh_mesh": content["goals"][hostile]["fresh_mesh"] | {"value": [1, 2]},
            }
        (tmp_path / "a" / name).write_text(json.dumps(content))
    page = Page(write_page(tmp_path / "a").read_text())
    assert hostile in page.texts
    assert page.data["responses"][0]["title"] == hostile
    assert "x" not in page.addresses and len(page.scripts) == 4


def test_view_makes_the_page_again_and_opens_it(fake, tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    run(fake(steps=3), tmp_path / "a")
    (tmp_path / "a" / "report.html").unlink()
    capsys.readouterr()
    assert main(["view", "a"]) == exit_codes.MET
    assert capsys.readouterr().out == "a/report.html\n" and opened == [(tmp_path / "a" / "report.html").as_uri()]
    assert main(["view", "a", "--no-browser"]) == exit_codes.MET and len(opened) == 1
    assert page_of(tmp_path / "a").texts


def test_what_is_no_run_is_refused(fake, tmp_path, capsys):
    for command in ("view", "show"):
        assert main([command, str(tmp_path)]) == exit_codes.FAILED
        assert "error[M0620]" in capsys.readouterr().err
    run(fake(steps=3), tmp_path / "a")
    for content in ("[]", "{", '{"goals": {"a": {}}}'):
        (tmp_path / "a" / "result.json").write_text(content)
        assert main(["view", "a", "--no-browser"]) == exit_codes.FAILED
        assert "is not what metac writes" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_told(fake, tmp_path, monkeypatch, capsys):
    run(fake(steps=3), tmp_path / "a")
    monkeypatch.setattr(
        "metac.api.report_page.page.write_text", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    assert main(["view", "a", "--no-browser"]) == exit_codes.FAILED
    assert "No space left" in capsys.readouterr().err


def test_show_lists_the_files(fake, tmp_path, capsys):
    run(fake(steps=3), tmp_path / "a")
    capsys.readouterr()
    assert main(["show", "a"]) == exit_codes.MET
    told = capsys.readouterr().out
    assert told.startswith("fake: finished\n") and "report.html\n    all of it as one page" in told


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here to open the page in")
def test_a_browser_draws_charts_and_fields(fake, tmp_path):
    run(fake(steps=3), tmp_path / "a")
    mesh = make_sheet(2)
    fields = {"displacement": 0.1 * mesh.nodes, "energy_density": mesh.nodes[:, 0]}
    write_vtu(tmp_path / "a" / "pull-01.vtu", mesh, mesh.nodes, points=fields, state="nominal strain 1 %")
    write_vtu(tmp_path / "a" / "grid.vtu", mesh, mesh.nodes + 1, cells={"density": np.arange(len(mesh.cells)) * 1.0})
    page = write_page(tmp_path / "a")
    flags = [
        "--headless",
        "--no-sandbox",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--virtual-time-budget=4000",
    ]
    command = [BROWSER, *flags, f"--user-data-dir={tmp_path}/browser", "--dump-dom", page.as_uri()]
    drawn = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert not [text for text in Page(drawn).texts if "cannot be drawn" in text]
    assert drawn.count('class="uplot') == 2
    assert "increment 1 of 1: nominal strain 1 %" in drawn and "energy density W (MPa)" in drawn
    assert drawn.count('class="ramp"') == 2
