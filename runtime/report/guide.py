"""What the files of a run folder are: a README.txt in each of them."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

GUIDE, PAGE = "README.txt", "report.html"
"""Both are in every folder whose run has ended; each names the other."""
NOT_EXPORTED = "-not-exported.txt"
FILES = (
    ("result.json", "what was reached: values and verdicts of goals, reports, warnings, times; also on the fresh mesh"),
    ("report.html", "all of it as one page, to be opened in a browser; `metac view` makes it again"),
    ("README.txt", "this list"),
    ("spec.meta", "the spec as it was run, formatted"),
    ("imports", "the files that the spec imports, as they were; `metac resume` and `metac.open` read these"),
    ("plan.json", "the design with all values filled in; its hash says whether two runs mean the same"),
    ("run.json", "how it was run: status, seed, values set from outside, versions, machine"),
    ("history.jsonl", "one line a step: loss, values of the goals, time"),
    ("theta.npz", "the best free parameters (NumPy)"),
    ("checkpoints", "states from which `metac resume` continues; may be deleted when nothing is to be resumed"),
    ("loss.png", "the loss over the steps"),
    ("*-figure.svg", "the figure of the same name, to be scaled"),
    ("*-figure.pdf", "the figure of the same name, to be scaled"),
    ("*.png", "a figure: of a body, a load, or a goal or report that is a curve"),
    (
        "*-[0-9][0-9]*.vtu",
        "a load's increment for ParaView: mesh, displacement, fields, whose formulas stand in its head",
    ),
    ("*.vtu", "a body's mesh before loading, for ParaView"),
    (f"*{NOT_EXPORTED}", "why a body has no drawing"),
    ("*.dxf", "a body's outline to be cut, mm"),
    ("*.svg", "a body's outline to be cut, mm"),
    ("*.stl", "a body as a closed solid to be printed, mm"),
    ("*.inp", "a body under its loads for Abaqus and CalculiX; mm, N, MPa"),
    ("*.data", "a network of springs for LAMMPS, in Lennard-Jones units"),
    ("*-nodes.csv", "nodes of a frame, numbered from 1, mm"),
    ("*-beams.csv", "beams of a frame, numbered from 1, with the numbers of their nodes and their widths"),
    ("report-*.csv", "a curve that the spec reports, on each mesh; units stand in the head"),
    ("*.npz", "what the figure of the same name shows, as arrays (NumPy)"),
    ("*.csv", "a table"),
    ("*.json", "numbers that a step of the run left"),
)
"""Names, or patterns of names, and what they hold; the first that fits counts."""
HEAD = """Written by metac. `metac.open("this folder")` gives it to Python, `metac resume this_folder` continues it.
Numbers are in mm, N, MPa, s and radian; strains are fractions. Everything that is numbered (increments, beams, nodes,
elements, phases) is numbered from 1, but for the cells of VTU files and the rows of NumPy arrays, which count from 0.

"""


def guide(folder: Path) -> str:
    """The list as text."""
    return HEAD + "".join(f"{names}\n    {meaning}\n" for names, meaning in described_files(folder))


def described_files(folder: Path) -> list[tuple[str, str]]:
    """The files of a run folder that are there, file or group of files by file, and what they are for."""
    left = sorted({GUIDE, PAGE, *(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))})
    lines = []
    for pattern, meaning in FILES:
        found = [name for name in left if fnmatch(name, pattern)]
        left = [name for name in left if name not in found]
        if found:
            lines.append((_listed(found), meaning))
    return lines


def _listed(names: list[str]) -> str:
    most = 3
    return ", ".join(names) if len(names) <= most else f"{names[0]} … {names[-1]} ({len(names)} files)"
