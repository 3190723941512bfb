"""Executes docs/notebook.ipynb and writes its outputs into it: `python docs/execute_notebook.py`.

Needs `nbclient` and `ipykernel`, which the extra `dev` has. Cells with the tag `raises-exception` show an error.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parent / "notebook.ipynb"
LONGEST = 300
"""Seconds for one cell."""


def executed(path: Path = NOTEBOOK) -> nbformat.NotebookNode:
    """The notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: where a cell without that tag fails.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=LONGEST, resources={"metadata": {"path": str(path.parent)}}).execute()
    return notebook


def main() -> None:
    """Execute and write."""
    notebook = executed()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day
    nbformat.write(notebook, NOTEBOOK)
    print(f"wrote {NOTEBOOK}")


if __name__ == "__main__":
    main()
