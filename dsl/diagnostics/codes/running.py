"""Failures of a run: a solver that does not converge, an element turned inside out, a folder that cannot be written."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0610": Entry(
        "the run failed",
        """\
Something that the run needs did not work; the message says what, and what may help. What was reached before is in
the run's folder, and `metac resume` goes on from its last checkpoint.""",
        "run",
    ),
    "M0611": Entry(
        "a load found no equilibrium",
        """\
Newton's method did not converge, however small the load increments were made. The optimiser had already taken back
the step that led here and tried it eight times, each time half as long, so the design itself has become too
extreme: a ligament that buckles or folds onto itself, a corner that is stretched too far.

    load pull = tension { body = design, along = y, strain = 10 %, steps = 20 }    # more, smaller increments

A smaller learning rate, a smaller strain or a finer mesh help as well. At the very first step nothing was optimised
yet: then look at the load and the material.""",
        "run",
    ),
    "M0612": Entry(
        "an element of the unloaded geometry is inverted",
        """\
The generator moved the nodes so far that an element is turned inside out before any load acts. Values computed on
such a mesh look plausible and are wrong, so they are never used. The optimiser took the step back and tried it
eight times, each time half as long, and meshed the body anew where it could (see `remesh` of `optimize`).

    using = adam { rate = 1e-4 }                # gentler steps
    body sheet = specimen { …, size = 1 mm }    # a finer mesh bends more""",
        "run",
    ),
    "M0613": Entry(
        "an element is turned inside out under load",
        """\
A state of the load holds an element with det F <= 0: the material would go through itself. Where pores close or
ligaments fold, elements collapse.

    load pull = tension { body = design, along = y, strain = 10 %, steps = 20 }    # more, smaller increments
    body sheet = specimen { …, size = 1 mm }                                       # a finer mesh""",
        "run",
    ),
    "M0614": Entry(
        "a value is not a finite number",
        """\
The loss, its gradient or a state of a load became infinite or no number at all. This comes from parameters outside
the range in which a law means anything (a Poisson's ratio of exactly 0.5), from a division by zero in a target, or
from an optimiser whose steps are far too long.""",
        "run",
    ),
    "M0615": Entry(
        "a load ends on an unstable branch",
        """\
Past a critical strain the equilibrium that was followed is unstable: the tangent stiffness has a negative
eigenvalue, and a real sheet would buckle away from it. metac then pushes the sheet along its softest mode and follows
the stable branch on which it comes to rest. Here no such branch was found, so the values beyond the critical strain
are those of a state that no experiment shows.

    load push = compression { body = design, along = y, strain = 10 %, steps = 40 }    # more, smaller increments

`critical_strain(push)` gives the strain at which stability is lost.""",
        "run",
    ),
    "M0616": Entry(
        "the sparse solver cannot be used",
        """\
Equilibrium is found with a sparse direct solver. `qdldl` comes with metac; `mkl` (PARDISO of Intel's MKL) and `cudss`
(on an NVIDIA GPU) are extras of their own, and are used only where they are asked for.

    pip install "metac[mkl]"             # or "metac[cuda]"
    metac run sheet.meta --solver mkl    # or: METAC_SOLVER=mkl metac run sheet.meta

A run goes on with the solver that it was started with, unless `metac resume DIR --solver qdldl` says otherwise.""",
        "run",
    ),
    "M0620": Entry(
        "the run's folder cannot be used",
        """\
A run keeps all it makes in a folder of its own: `--out DIR`, or `runs/NAME-1`, `runs/NAME-2`, … It never writes
over another run, and only one process at a time works in a folder.

    metac run sheet.meta --out runs/a     # a new folder
    metac resume runs/a                   # go on with an interrupted run""",
        "run",
    ),
    "M0621": Entry(
        "a file cannot be written",
        """\
The disk is full, a quota is used up, or the folder may not be written. What was written before is whole: every file
of a run takes its place in one piece. Free some space and go on with `metac resume DIR`.""",
        "run",
    ),
    "M0622": Entry(
        "a checkpoint is damaged",
        """\
A checkpoint could not be read or does not match its digest, so the run goes on from the one before, or from the
start where there is none. Up to three are kept. Nothing is lost but time: the steps in between are taken again,
with the same result.""",
        "run",
    ),
    "M0623": Entry(
        "the run goes on under other conditions",
        """\
The versions of packages, or what the spec means (an imported file, a definition in the library), are not those of
the run's start. It may go on, but no longer bit for bit as if it had never been interrupted. If the plan changed,
the checkpoints no longer fit what they were made for, and the run must be started anew.""",
        "run",
    ),
    "M0624": Entry(
        "the cache cannot be used",
        """\
Trained networks and compiled programs are kept in a folder that only its owner can write: `metac` in the user's cache
folder, or the one that the environment variable METAC_CACHE names. It could not be made or written.

    METAC_CACHE=/data/metac metac run cells.meta
    metac cache                                     # what is in it, and where""",
        "run",
    ),
    "M0630": Entry(
        "the memory is used up",
        """\
The machine has too little memory for this design. The mesh decides: half the element size takes four times the
memory and more.

    body sheet = specimen { …, cells = [3, 3], size = 2 mm }    # fewer cells, larger elements""",
        "run",
    ),
    "M0631": Entry(
        "the final check on a fresh mesh failed",
        """\
At the end a design is meshed anew and finer, and its goals are evaluated once more: what counts is the shape, not
the mesh that the optimiser pulled about. Here that did not work, so the table shows the values of the run's own
mesh only. Take them with care: a shape that cannot be meshed or loaded afresh often has slivers, or pores that
touch.""",
        "run",
    ),
    "M0632": Entry(
        "a stage changes what is built once",
        """\
The stages of a continuation share one program and one set of free parameters: each goes on from the last one's
result. A stage can change any real number that only enters the computation (a target, a weight, the strain of a
load), but not what is made before it starts: a mesh, a number of cells, the layers of a network.

    stage nu_target in [-0.1, -0.2, -0.3]    # a continuation
    sweep cells in [2, 3, 4]                 # a family: each design from its own start""",
        "run",
    ),
    "M0640": Entry(
        "a training cannot go on",
        """\
The loss became infinite or no number, or the disk is full. Checkpoints are written every two minutes and when a training
is stopped; the message says what is kept. The next run of the same spec goes on from there, bit for bit as if nothing
had happened.""",
        "run",
    ),
    "M0641": Entry(
        "a data set cannot be made",
        """\
Too few cells could be found within the bounds on the share of solid, a process that helps ended, or the disk is full.
What is done is written part by part, some hundred cells each; the next run of the same spec goes on from there with the
same result.

    dataset cells = orthotropic { count = 20000, volume = 0.15 .. 0.85 }""",
        "run",
    ),
}
