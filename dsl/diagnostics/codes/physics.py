"""What physics or geometry forbids."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0501": Entry(
        "A goal that no design can change",
        """
A goal or requirement measures something of an object, such as a load or a body. A number, a param or
a formula of such is the same whatever the design.
""",
    ),
    "M0502": Entry(
        "A curve where a number is needed, or the reverse",
        """
A measure that is a curve, such as `stress(pull)`, is matched to a function, `e -> 30 kPa * e`, or to
one level; a measure that is a number is matched to a number. `minimize` and `maximize` need a
number: `max(stress(pull))`, `stress(pull)(5 %)`.
""",
    ),
    "M0503": Entry(
        "Goals that no study pursues (warning)",
        """
Without a study, a run evaluates the design once and compares it with the goals.
""",
    ),
    "M0504": Entry(
        "A study without goals",
        """
A study changes a design to reach goals. State what it should reach with `match`, `minimize`,
`maximize` or `require`.
""",
    ),
    "M0505": Entry(
        "A study varies what no goal depends on",
        """
The goals do not depend on what the study varies, so nothing would change. Often a goal measures the
undeformed body instead of the one that the generator makes.

    body design = deformed { body = sheet, by = warp }
    load pull   = tension { body = sheet, … }         should be `body = design`
""",
    ),
    "M0506": Entry(
        "An object of the right kind but of the wrong sort",
        """
Some fields take only one sort of a kind: `Body[mesh]` is a body that is meshed, `Generator[mesh]` a
generator that moves meshes. A definition states its sort as `facet = mesh`.
""",
    ),
    "M0507": Entry(
        "A condition that cannot be required",
        """
A requirement bounds a measure by values: `M in a .. b`, `M <= b`, `M >= a`, or several of these
joined by `and`. What should be equal is matched: `match M to T within t`.
""",
    ),
    "M0508": Entry(
        "A scale, weight or tolerance that is not positive",
        """
Each goal contributes weight · mean(((M - T) / scale)²) to the loss and is met within its tolerance,
so all three are positive.
""",
    ),
    "M0509": Entry(
        "A range for a goal that is not a curve",
        """
`for a .. b` bounds the part of a curve that counts. A number has no such part.
""",
    ),
    "M0510": Entry(
        "A curve is asked for where its load does not go",
        """
A curve is known where its load goes: a tension up to 10 % strain gives no stress at 15 %. Extend the
load, or shorten the target's range.
""",
    ),
    "M0511": Entry(
        "A goal with an empty range",
        """
`for a .. b` and `require M in a .. b` need a smaller value first and a larger one second. Several requirements on one
measure must leave it a value, and one that it can have: a share of an area lies between 0 and 1.
""",
    ),
    "M0512": Entry(
        "A generator that no goal depends on (warning)",
        """
The generator has free parameters, but no goal measures anything that is made with it.
""",
    ),
    "M0513": Entry(
        "A generator that no study varies (warning)",
        """
Goals depend on the generator, but its free parameters stay as they are drawn at the start.
""",
    ),
    "M0520": Entry(
        "A target that no design can reach",
        """
Mechanics bounds what is asked for. A composite of two phases is never stiffer than the stiff one, nor
than their mean (Voigt), and never softer than the soft one (Reuss); where the share of the phases is
required, Hashin and Shtrikman's bounds on bulk and shear modulus are tighter. The note gives the bound.
""",
    ),
    "M0531": Entry(
        "Operations that do not fit their lattice",
        """
The operations of a plane group must map its lattice onto itself without stretching it, and together
they must form a group. Six-fold rotations need a hexagonal lattice, four-fold ones a square one.
""",
    ),
    "M0532": Entry(
        "A cell without area",
        """
The edges of a cell are positive lengths, and the angle between them lies between 0° and 180°.
""",
    ),
    "M0533": Entry(
        "A sheet that cannot be made of these cells",
        """
A specimen is a rectangle of cells of a `tiled` shape: two positive numbers of cells, a positive mesh
size, and a lattice whose first vector lies along x. A periodic cell takes whole numbers of them.
""",
        stage="run",
    ),
    "M0534": Entry(
        "A sheet that falls apart",
        """
The pores, or the sheet's edges where they cut pores, leave pieces of solid that are not connected to
the rest. Make the pores smaller, or choose other `cells` so that the edges run elsewhere.
""",
        stage="run",
    ),
    "M0535": Entry(
        "A movement that does not repeat with the cell",
        """
The edges of a periodic cell are images of each other, and must stay so: what moves its nodes has to repeat
by the translations that the cell repeats by. Give the generator the symmetry that the cell's shape has.
""",
        stage="run",
    ),
    "M0536": Entry(
        "A body that cannot be meshed anew",
        """
A study that gives `remesh` meshes bodies anew where its generator has moved them. For that the generator's class
needs a method `at_rest(theta)`, the parameters from which it goes on without moving anything at first; the body that
is moved must be one of whole cells, used for nothing else but to be moved; and the generator may move nothing else.

    study fit = optimize { vary = warp, remesh = 0 }    # never mesh anew
""",
        stage="run",
    ),
    "M0537": Entry(
        "An optimiser that does not suit what it is to vary",
        """
`mma` and `optimality_criteria` vary parameters between bounds, as those of `density` are; a flow's weights have none.
Optimality criteria hold one requirement, an upper bound. `lbfgs` and `bfgs` compare losses along a line, so that they need
the gradient itself, not one that is filtered.

    generator field = density { pixels = [60, 20], filter = 2.4, filtered = sensitivities }
    study fit = optimize { vary = field, using = lbfgs }                   # wrong
    study fit = optimize { vary = field, using = optimality_criteria }     # right, with one `require`
""",
        stage="run",
    ),
    "M0538": Entry(
        "A symmetry that a grid of pixels cannot have",
        """
A field of pixels gets a symmetry by averaging over its images, which have to fall on the grid. Four-fold rotations need
as many rows as columns, glides and centred cells even numbers. Groups of the hexagonal lattice need a rectangle that is
√3 times as high as wide, two cells in size. Lattices with any other angle than 90° and 120° repeat with no rectangle.

    symmetry  g = p6mm { cell = 1 mm }
    generator f = density { pixels = [32, 55], symmetry = g }
    body      b = pixels { density = f, size = 1 mm, height = sqrt(3) * 1 mm, materials = [soft, stiff] }
""",
        stage="run",
    ),
    "M0540": Entry(
        "A value that its implementation refuses",
        """
Some values can only be judged by the class that uses them. The message is its.
""",
    ),
    "M0541": Entry(
        "A pore that is larger than its cell",
        """
A pore and its own images must not meet: it has to be smaller than the cell that repeats it.
""",
    ),
    "M0542": Entry(
        "Pores that overlap or touch",
        """
The images of a pore under the operations of its group must not meet, or the sheet falls apart. Pores
on a rotation centre or mirror line must have its symmetry themselves.
""",
    ),
    "M0543": Entry(
        "A size that makes no shape",
        """
Radii and distances are positive, porosities lie between 0 and 1, polygons have three corners or more.
""",
    ),
    "M0544": Entry(
        "An outline that crosses itself",
        """
The outline of a pore is one closed line without crossings.
""",
    ),
    "M0545": Entry(
        "Pores that leave too little between them",
        """
With this porosity the pores would touch their neighbours, or leave less solid than `ligament` asks
for.
""",
    ),
    "M0546": Entry(
        "A position that is not a point of the plane",
        """
`at` has two numbers, fractions of the cell's edges: `at = [0.25, 0.25]`.
""",
    ),
    "M0547": Entry(
        "A network without units",
        """
A network has one hidden layer at least, and each layer one unit at least: `hidden = [10, 10]`.
""",
        stage="run",
    ),
    "M0548": Entry(
        "A number that makes no flow",
        """
A flow has one time step at least, an envelope that is not negative and a finite start.
""",
        stage="run",
    ),
    "M0549": Entry(
        "A connectivity that a grid cannot have",
        """
A network of n nodes with a connectivity Z_g has Z_g n / 2 beams, rounded. All nodes hang together by n − 1 beams at least,
and between nearest neighbours of n_x by n_y nodes there are n_x (n_y − 1) + n_y (n_x − 1) + 2 (n_x − 1) (n_y − 1) at most:
connectivities from 1.88 to 5.25 for 4 by 4 nodes.
""",
        stage="run",
    ),
}
