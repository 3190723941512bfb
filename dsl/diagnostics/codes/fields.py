"""Fields of constructors, params, values from outside: missing, unknown, out of range."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0301": Entry(
        "A field that the definition does not have",
        """
Between the braces stand the fields of the definition, and no others. The message lists them.

    generator warp = flow { hiden = [20] }       write `hidden`
""",
    ),
    "M0302": Entry(
        "A field that is not given",
        """
A field without default must be given. The message says what each one is.
""",
    ),
    "M0303": Entry(
        "A field that is given twice",
        """
Each field of a constructor, and each argument of a measure, is given once.
""",
    ),
    "M0304": Entry(
        "A value outside the range of its field",
        """
The definition says which values a field may have, `nu: Scalar in -1 .. 0.5`. Bounds belong to the
range.
""",
    ),
    "M0305": Entry(
        "A value outside the range of its param",
        """
The default of a `param`, a value given with `--set`, and the values of a `stage` or `sweep` over it
must lie in the range that the param declares.
""",
    ),
    "M0306": Entry(
        "A param that is an object",
        """
A `param` is a number, a text, a truth value, a choice or a list of these. An object is declared with
its kind; `--set` can replace it and its fields all the same.

    param g: Symmetry = p4 { … }                 write `symmetry g = p4 { … }`
""",
    ),
    "M0307": Entry(
        "A value from outside for a name that does not exist",
        """
`--set name=value` changes a param or an object of the spec, `--set object.field=value` one field.
""",
    ),
    "M0308": Entry(
        "A value from outside for something that cannot be changed",
        """
Params, objects and their fields can be set from outside; lets and functions cannot. Declare what
should be changeable as a `param`.
""",
    ),
    "M0309": Entry(
        "A value that is not one of the choices",
        """
A field of type `Choice[a, b]` takes one of these names, without quotes.
""",
    ),
    "M0310": Entry(
        "A call with the wrong arguments",
        """
A function takes the arguments that it declares, in order. A measure takes its fields in order, or by
name: `displacement(pull, on = top)`.
""",
    ),
    "M0311": Entry(
        "A range that is empty",
        """
A range `a .. b` goes from the smaller to the larger value.
""",
    ),
    "M0312": Entry(
        "A stage or sweep without values",
        """
A `stage` or `sweep` goes through a list of values, one at least: `stage gamma in [5, 10, 20]`.
""",
    ),
    "M0314": Entry(
        "A value from Python that has no counterpart in a spec",
        """
Values given from Python are numbers, truth values, None, arrays or lists of them, and texts, which
are read as expressions: `design.set(height="30 mm")`.
""",
        stage="run",
    ),
}
