"""docs/extending.md, run as it stands: a generator of one's own, outside the repository."""

import json
import re
from pathlib import Path

from metac.commands.main import main

PAGE = Path(__file__).parent.parent / "docs" / "extending.md"
BLOCK = re.compile(r"^```(?:meta|python)\n# (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def write_project(folder: Path) -> None:
    blocks = list(BLOCK.finditer(PAGE.read_text(encoding="utf-8")))
    assert [block["path"] for block in blocks] == ["lab/wave.meta", "lab/wave.py", "sheet.meta"]
    for block in blocks:
        path = folder / block["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(block["text"], encoding="utf-8")


def test_the_page_checks_and_runs(tmp_path, monkeypatch, capsys):
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "sheet.meta"]) == 0
    code = main(["run", "sheet.meta", "--out", "run"])
    assert code in (0, 3), capsys.readouterr()
    history = [json.loads(line) for line in Path("run/history.jsonl").read_text().splitlines()]
    losses = [record["loss"] for record in history]
    assert len(losses) >= 5
    assert losses[-1] < losses[0]


def test_its_fields_are_checked(tmp_path, monkeypatch, capsys):
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    spec = Path("sheet.meta")
    spec.write_text(spec.read_text().replace("terms = 4", "terms = 4 mm"))
    assert main(["check", "sheet.meta"]) == 1
    output = capsys.readouterr()
    assert "terms" in output.out + output.err
    assert "sheet.meta:" in output.out + output.err
