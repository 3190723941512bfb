"""The page of a sweep says what its table says, and leads to the pages of its designs."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image

from metac.api.design_tables import design_table
from metac.api.report_page import sweep_page
from metac.commands import exit_codes
from metac.commands.main import main
from tests.metac.report_page.test_page import Page


@pytest.fixture
def page(sweep):
    """Makes the page by the command, and reads it."""

    def read():
        assert main(["view", str(sweep), "--no-browser"]) == exit_codes.MET
        return Page((sweep / "report.html").read_text(encoding="utf-8"))

    return read


def members(folder):
    return sorted(path for path in folder.iterdir() if path.is_dir())


def test_table_links_and_values(page, sweep):
    found = page()
    columns = {column["name"]: column for column in found.data["columns"]}
    assert [column.name for column in design_table(sweep).columns] == list(columns)
    assert columns["verdict"]["cells"] == ["met", "missed", "not started"]
    assert "3 designs: 1 met, 1 missed, 1 not started" in found.texts
    stiffness = columns["G[1, 2]"]
    assert stiffness["cells"] == [pytest.approx(0.3), -2.5, None] and stiffness["numbers"]
    assert columns["G[1, 2] on a fresh mesh"]["cells"] == [None, None, None], "what is not finite is not drawn"
    for member in members(sweep):
        address = next(each for each in found.addresses if each == f"{member.name}/report.html")
        assert (sweep / address).resolve() == (member / "report.html").resolve() and (member / "report.html").is_file()


def test_curves_are_laid_over_each_other_where_there_are_colours(page, sweep, monkeypatch):
    (member, *_) = members(sweep)
    records = [
        {"stage": 0, "restart": 0, "step": n, "loss": 1.0, "best": 1.0, "goals": {}, "seconds": 1.0} for n in range(3)
    ]
    (member / "history.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert [chart["title"] for chart in page().data["progress"]] == ["Loss"]
    monkeypatch.setattr(sweep_page, "COLOURS", 2)
    assert page().data["progress"] == []


def test_small_pictures_of_bodies_come_first_and_too_many_are_named(page, sweep, monkeypatch):
    for member in members(sweep)[:2]:
        for name in ("cell", "a_load"):
            Image.new("RGBA", (900, 600), (255, 0, 0, 128)).save(member / f"{name}.png")
        (member / "cell.vtu").write_text("")
    (members(sweep)[0] / "cell.png").write_bytes(b"no picture")
    text = (page(), sweep / "report.html")[1].read_text()
    assert text.index(">cell.png<") < text.index(">a_load.png<")
    assert len(re.findall(r'src="data:image/png', text)) == 3 and "no picture that can be read" in text
    monkeypatch.setattr(sweep_page, "MOST_PICTURES", 3)
    text = (page(), sweep / "report.html")[1].read_text()
    assert len(re.findall(r'src="data:image/png', text)) == 1
    assert "Too many for one page, in the pages of the designs: a_load.png." in text


def test_names_cannot_write_into_the_page(page, sweep):
    about = json.loads((sweep / "family.json").read_text())
    about["members"][0]["label"] = "<script>alert(1)</script>"
    (sweep / "family.json").write_text(json.dumps(about))
    page()
    assert "<script>alert(1)" not in (sweep / "report.html").read_text()


def test_a_member_that_is_not_what_metac_writes_is_named(sweep, capsys):
    (members(sweep)[1] / "result.json").write_text("[")
    assert main(["view", str(sweep), "--no-browser"]) == exit_codes.FAILED
    assert "result.json is not what metac writes" in " ".join(capsys.readouterr().err.split())
