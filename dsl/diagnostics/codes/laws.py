"""Material laws: what an energy must fulfil, and what can be computed from an expression."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0556": Entry(
        "This expression cannot be computed here",
        """
Laws and target curves are turned into code from their mathematics. An expression in them may use
numbers, the arguments, the definition's fields, arithmetic, `if`, comparisons, tensors up to 3×3
and the built-in functions. It may not use another object, a function as a value, or an index that
is not a known whole number.

    energy(F) = mu/2 * F[1, 4]^2        F is 3×3: there is no fourth column
""",
        stage="run",
    ),
    "M0550": Entry(
        "The energy is not zero in the undeformed state",
        """
An energy density measures what deformation stores: at F = 1 (no deformation) it must be zero.
Usually a constant is missing.

    energy(F) = mu/2 * tr(F.T*F)              3 mu/2 at F = 1
    energy(F) = mu/2 * (tr(F.T*F) - dim)      right
""",
    ),
    "M0551": Entry(
        "The undeformed state is not free of stress",
        """
At F = 1 the first Piola–Kirchhoff stress, the derivative of the energy by F, must be zero;
otherwise the body would deform before anything is applied to it. In a neo-Hookean law the term in
log(det(F)) balances the trace:

    energy(F) = mu/2 * (tr(F.T*F) - dim)                         stress mu at F = 1
    energy(F) = mu/2 * (tr(F.T*F) - dim - 2*log(det(F)))         right
""",
    ),
    "M0552": Entry(
        "The undeformed state is not stable",
        """
The second derivative of the energy by F, taken at F = 1 for symmetric strains, must be positive:
every small strain must cost energy. Otherwise a shear or bulk modulus is zero or negative with the
values given, for instance a Poisson's ratio outside -1 .. 0.5.
""",
    ),
    "M0553": Entry(
        "The energy changes when the body is only rotated",
        """
A material cannot know how it is turned in space: energy(Q*F) must equal energy(F) for every
rotation Q. This holds for all functions of C = F.T*F and of det(F). A law for small strains,
written in sym(F) - 1, is not objective; say so, and it is accepted:

    define material … {
        strain = small
        energy(F) = …
    }
""",
    ),
    "M0554": Entry(
        "The energy is not a finite number in the undeformed state",
        """
With the values given, the energy, its stress or its tangent at F = 1 is infinite or not a number: a
division by zero, the logarithm of zero. Poisson's ratio 0.5 makes Lamé's first parameter infinite,
for instance; take 0.49, or a law in G and K.
""",
    ),
}
