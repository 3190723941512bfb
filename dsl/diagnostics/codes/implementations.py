"""Python classes behind definitions: found, called, and what they say about their fields."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0570": Entry(
        "The Python file or module of a definition cannot be loaded",
        """
A definition's `python "module:Class"` names an installed module, `python "file.py:Class"` a file
beside the `.meta` file. The message says what went wrong while it was loaded. A file must lie in
the folder of its `.meta` file or below it.
""",
        stage="run",
    ),
    "M0571": Entry(
        "The Python module has no such class",
        """
The module behind `python "module:Class"` was loaded, but it has nothing of that name that can be
called.
""",
        stage="run",
    ),
    "M0572": Entry(
        "The Python class does not take the definition's fields",
        """
A class is called with all fields of its definition by keyword, and with `built` if it has a static
method `build`. Every field of the definition must be a parameter of the class, and `build` may only
take fields of the definition.
""",
        stage="run",
    ),
    "M0573": Entry(
        "The Python code of a definition failed",
        """
The class of a definition from outside the standard library raised an error. The message names the
error and the line of the Python file. In `at`, `value` and other traced code arrays are symbolic:
use `jax.numpy`, and `jax.numpy.where` or `jax.lax.cond` instead of `if` on values; what needs
concrete numbers belongs into the static method `build`.
""",
        stage="run",
    ),
    "M0574": Entry(
        "What is built once depends on free parameters",
        """
Meshes and the like are built once, before the optimisation. Their definitions cannot use a measure
or anything else that depends on a generator's free parameters.
""",
        stage="run",
    ),
    "M0575": Entry(
        "A parameter has no value",
        """
A `param` without a default must be given from outside:

    metac run sheet.meta --set nu_target=-0.3
    metac.load("sheet.meta").set(nu_target=-0.3)
""",
        stage="run",
    ),
    "M0576": Entry(
        "A value has the wrong shape for its goal",
        """
`match M to T` needs a target of the shape of the measure: a value for a scalar, a tensor of the
same size for a tensor, a function or a value for a curve. `minimize`, `maximize` and `require` need
a scalar.
""",
        stage="run",
    ),
}
