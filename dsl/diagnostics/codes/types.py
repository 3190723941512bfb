"""Types and physical dimensions."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0401": Entry(
        "A unit that does not exist",
        """
Units are products of powers, without spaces: `N/mm^2`, `kg/m^3`, `s^-1`. Known are m, g, t, s, min,
h, N, Pa, bar, J, W, Hz, K, rad, °, deg and %, with prefixes n µ m c d h k M G where they are usual.

    30 kPa*e                                     `e` is no unit: write `30 kPa * e`
""",
    ),
    "M0402": Entry(
        "A value of the wrong physical dimension",
        """
Every field and every expression has a physical dimension. The message gives the one found and the
one needed, and where possible what is missing between them.

    E = 50 N                                     a force; a pressure is a force by an area:
    E = 50 N/mm^2
""",
    ),
    "M0403": Entry(
        "A value of the wrong type",
        """
A number stands where a text, a list, an object or something else is needed, or the reverse.
""",
    ),
    "M0404": Entry(
        "Values of different dimensions added, compared or chosen between",
        """
Only like can be added to or compared with like: `1 mm + 1 N` has no meaning. A bare number fits only
other bare numbers, but zero fits everything.
""",
    ),
    "M0405": Entry(
        "A function that needs a number without unit",
        """
`exp`, `log`, `tanh` and the like have no meaning for quantities: the result would depend on the
unit. Divide by a reference value: `log(p / (1 MPa))`. `sin`, `cos` and `tan` also take angles.
""",
    ),
    "M0406": Entry(
        "An exponent that gives no dimension",
        """
The dimension of `x^n` depends on n, so for a quantity n must be a whole number or a simple fraction
that is known when the spec is checked. Numbers without unit may have any exponent.
""",
    ),
    "M0407": Entry(
        "Tensors whose sizes do not fit",
        """
Tensors of equal size can be added; in a product the columns of the first must be as many as the rows
of the second. `*` is the matrix product, `dot(a, b)` the sum over all components.
""",
    ),
    "M0408": Entry(
        "A component that does not exist",
        """
Components are counted from 1: the first of a 3×3 tensor is `C[1, 1]`, the last `C[3, 3]`. An index
must be known when the spec is checked. A list has as many components as it is given: a definition that
reads `cell[2]` needs two values in `cell`.
""",
    ),
    "M0409": Entry(
        "Something that cannot be called",
        """
Functions, measures and curves can be called: `f(2)`, `stress(pull)`, `stress(pull)(5 %)`.
""",
    ),
    "M0410": Entry(
        "A condition is needed",
        """
`if`, `and`, `or` and `not` need something that is true or false, such as a comparison `x < 1`.
""",
    ),
    "M0411": Entry(
        "A whole number is needed",
        """
Counts, such as steps or layers, are whole numbers. Large ones may be written `1_000_000` or `1e6`.
""",
    ),
    "M0412": Entry(
        "A function with the wrong number of arguments",
        """
The place needs a function of as many values as the message says: `e -> …` of one, `(x, y) -> …` of
two.
""",
    ),
    "M0413": Entry(
        "A list or choice of unlike things",
        """
All items of a list have one type and dimension, and so have the two sides of an `if`.
""",
    ),
    "M0414": Entry(
        "A number that does not exist",
        """
A division by zero, the logarithm or root of a negative number, or a number too large for double
precision.
""",
    ),
    "M0415": Entry(
        "A part that a value does not have",
        """
`F.T` is the transpose of a matrix and `object.field` the value of an object's field; other values
have no parts.
""",
    ),
    "M0416": Entry(
        "A unit in the wrong case",
        """
Upper and lower case matter in units: `MPa` is a megapascal, `mPa` a millipascal, and `Mpa` nothing.
""",
    ),
    "M0418": Entry(
        "`in` without a range",
        """
`x in a .. b` says that x lies between two bounds.
""",
    ),
    "M0419": Entry(
        "An expression that is too large",
        """
Functions and lets are written out where they are used, so a few lines can stand for a very large
expression. Expressions may be 300 levels deep and 200,000 parts large.
""",
    ),
}
