"""The notebook in docs runs from beginning to end, and shows what it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbformat

DOCS = Path(__file__).parents[2] / "docs"


def outputs(notebook, mime):
    return [
        output["data"][mime]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


def test_the_notebook_runs():
    spec = importlib.util.spec_from_file_location("execute_notebook", DOCS / "execute_notebook.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    notebook = script.executed()
    shown = "".join(outputs(notebook, "text/html"))
    assert "2 of 2 goals met" in shown and ">met</td>" in shown and "step " in shown
    assert len(outputs(notebook, "image/png")) == 1
    assert "there is nothing called `widht`" in str(notebook.cells[-1].outputs)


def test_the_notebook_is_kept_with_its_outputs():
    notebook = nbformat.read(DOCS / "notebook.ipynb", as_version=4)
    assert "2 of 2 goals met" in "".join(outputs(notebook, "text/html"))
