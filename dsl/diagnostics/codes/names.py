"""Names: unknown, defined twice, cyclic."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0201": Entry(
        "A name that nothing declares",
        """
A value names something that is neither declared in the spec nor built in. Declarations may stand in
any order, so the place does not matter; the spelling, upper and lower case included, does.

    load pull = tension { body = shet, … }       with `body sheet = …`: write `sheet`
""",
    ),
    "M0202": Entry(
        "A kind that does not exist",
        """
The first word of a declaration is its kind: `material`, `body`, `load` and so on. Kinds are
definitions themselves, so a library of your own may bring more: `define kind lattice { … }`.
""",
    ),
    "M0203": Entry(
        "A definition that does not exist",
        """
What stands after `=` in a declaration is the name of a definition of that kind. It is looked for in
the spec itself, in the files that it imports, in installed plug-ins, and in the standard library.

    material rubber = neohookean { … }           write `neo_hookean`
""",
    ),
    "M0204": Entry(
        "A name that is declared twice",
        """
Every name of a spec means one thing. Params, lets, functions, objects, stages and sweeps share one
space of names; definitions have a space for each kind. Only a `stage` or `sweep` may repeat the
name of a `param`, to give it its values.
""",
    ),
    "M0205": Entry(
        "Names that depend on each other in a circle",
        """
Declarations may stand in any order, but none may need itself, directly or through others.

    let a = b + 1
    let b = 2*a                                  each needs the other first
""",
    ),
    "M0206": Entry(
        "An imported file that does not exist",
        """
The path of an import is relative to the folder of the file that the import stands in.
""",
    ),
    "M0207": Entry(
        "An import that leaves the project",
        """
A spec may import files from its own folder and from folders below. Absolute paths, paths that climb
out with `..`, and links that point elsewhere are refused, so that a spec from somebody else cannot
read your files. Share definitions by copying them, or by installing them as a package that
registers a folder in the entry-point group `metac.library`.
""",
    ),
    "M0208": Entry(
        "Files that import each other in a circle",
        """
An import may not lead back to the file that it stands in. Move what both files need into a third.
""",
    ),
    "M0209": Entry(
        "An imported file that cannot be read",
        """
An import names a text file of definitions in UTF-8, smaller than 4 MiB.
""",
    ),
    "M0210": Entry(
        "A type that does not exist",
        """
Types are `Int`, `Scalar`, `Bool`, `Text`, physical dimensions (`Length`, `Pressure`, `Angle` …),
lists `[Length]`, `Range[…]`, `Choice[…]`, `Tensor[3, 3]`, `Curve[…]`, `Function[…]`,
`Condition[…]`, and the kinds in capitals: `Body`, `Generator[mesh]`.
""",
    ),
    "M0211": Entry(
        "A Python class that is not named properly",
        """
`python` names the class that makes a definition's objects, in quotes, as `module:Class` for an
installed package or as `file.py:Class` for a file beside the `.meta` file or below its folder.
""",
    ),
    "M0212": Entry(
        "A definition without a body, or with two",
        """
A definition says how its objects are made in one of two ways: with the members that its kind asks
for, such as `energy(F) = …` for a material, or with a Python class, `python "module:Class"`.
""",
    ),
    "M0213": Entry(
        "A member that stands twice in a definition",
        """
Fields, lets, functions and members of a definition have different names, and there is one `python`
line at most.
""",
    ),
    "M0214": Entry(
        "A function or measure that does not exist",
        """
What is called like a function is a function of the spec, a built-in function, or a measure.

    match poisson(pull) to -0.3                  write `poisson_ratio(pull)`
""",
    ),
    "M0215": Entry(
        "A name that hides a built-in one (warning)",
        """
The spec declares a name that is also a built-in function or constant, such as `min` or `pi`. It
means the spec's own from then on, which is easily overlooked.
""",
    ),
    "M0216": Entry(
        "Something that is never used (warning)",
        """
A declaration or import that nothing refers to does nothing. Often something else should have used
it: a load on the undeformed body instead of the deformed one, for instance.
""",
    ),
    "M0217": Entry(
        "A constructor whose kind is not clear",
        """
Definitions of different kinds may share a name. Where the place does not tell which kind is meant,
declare the object with its kind first and use its name.
""",
    ),
    "M0218": Entry(
        "A member that the kind does not know",
        """
Besides fields, lets and functions a definition states what its kind asks for, such as `operations`
for a symmetry, and may state `facet` and `range`. `stdlib/kinds/` says what each kind asks for.
""",
    ),
    "M0219": Entry(
        "An object of another kind than is needed",
        """
The name exists, but it makes objects of another kind: a shape where a body is needed, for instance.

    body sheet = circle { … }                    a circle is a shape; a body is cut out with it:
    body sheet = specimen { shape = … }
""",
    ),
    "M0220": Entry(
        "A type that is not written properly",
        """
Types with parts have them in square brackets: `Range[Length]`, `Choice[a, b]`, `Tensor[3, 3]`,
`Curve[Scalar, Pressure]`, `Function[Scalar, Pressure]`, `Condition[loss, step]`, `Body[mesh]`.
""",
    ),
    "M0221": Entry(
        "A library file that does not define what its name says",
        """
In a folder of definitions the file `materials/foam.meta` holds `define material foam { … }`, so that
it is found without reading the others.
""",
    ),
    "M0222": Entry(
        "A plug-in that cannot be read (warning)",
        """
An installed package registers a folder of definitions in the entry-point group `metac.library`, but
the folder cannot be found. The rest of the library is used without it.
""",
    ),
}
