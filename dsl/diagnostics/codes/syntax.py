"""Syntax: what the text of a spec may look like."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {
    "M0101": Entry(
        "something else was expected here",
        """
The text up to this place can be read, but nothing that the language knows goes on like this. The
message says what could stand here. Each statement and each field is read by itself, so an error in
one says nothing about the others.

    let a = 1 ++ 2            # a value is missing between the two `+`
    let a = 1 + 2
""",
        stage="parse",
    ),
    "M0102": Entry(
        "a bracket is never closed",
        """
Every `(`, `[` and `{` needs its `)`, `]` or `}`. The mark stands at the bracket that was opened; a
second one shows the line that looks like the next field or statement, before which the bracket
should have been closed.

    cells = [7, 7             # `]` is missing
    order = 2
""",
        stage="parse",
    ),
    "M0103": Entry(
        "a closing bracket has no opening one",
        """
There are more closing brackets than opening ones before this place. Take this one away, or put in
the missing opening one.

    let a = (1 + 2))          # one `)` too many
""",
        stage="parse",
    ),
    "M0104": Entry(
        "a bracket is closed by one of another kind",
        """
`(` is closed by `)`, `[` by `]` and `{` by `}`. Lists and indices have square brackets, calls and
groups round ones, fields curly ones.

    hidden = [10, 10)         # write `[10, 10]`
""",
        stage="parse",
    ),
    "M0105": Entry(
        "a character that has no meaning in the language",
        """
Outside comments and texts in quotes, a spec consists of names, numbers with units, and the
operators and brackets of the language. Characters that a word processor or a web page put in (curly
quotes, zero-width spaces) look harmless and are named in the message.

    material r = neo_hookean { E = 50 MPa; nu = 0.46 }      # a comma or a new line separates fields
    body b = specimen { name = 'sheet' }                    # texts stand in double quotes
""",
        stage="parse",
    ),
    "M0106": Entry(
        "a text has no closing quote",
        """
A text in quotes ends on the line on which it starts. A quote inside it is written `\\"`, a
backslash `\\\\`: a path that ends in a backslash therefore swallows the closing quote.

    import "lab/rubbers.meta          # `"` is missing at the end
""",
        stage="parse",
    ),
    "M0107": Entry(
        "an escape that means nothing",
        """
In a text in quotes, a backslash starts one of four escapes: `\\"`, `\\\\`, `\\n` (new line), `\\t`
(tab). Paths are written with `/` on every system.

    import "lab\\rubbers.meta"         # write "lab/rubbers.meta"
""",
        stage="parse",
    ),
    "M0108": Entry(
        "a number is not written as it should be",
        """
A number has a digit before and after its point, digits after the `e` of its exponent, and
underscores only between digits.

    .5      0.5
    3.      3.0 or 3
    1e      1e-3, say
    1_      1_000
""",
        stage="parse",
    ),
    "M0109": Entry(
        "a number is too large or too small",
        """
Numbers are IEEE doubles: from about 4.9e-324 to about 1.8e308. Whole numbers are exact up to 2^53 =
9007199254740992; write a larger one with a point or an exponent, which says that it need not be
exact. A unit often does better than an exponent: `50 MPa`, not `5e7 Pa`.
""",
        stage="parse",
    ),
    "M0110": Entry(
        "a word of the language stands where a name belongs",
        """
`and`, `or`, `not`, `if`, `then`, `else`, `true`, `false` and `none` are never names. Words that
start a statement or join its parts (`match`, `to`, `by`, `scale` …) may name a field, before `=` or
`:`, but not everything.

    let if = 3                # choose another name
    body b = deformed { body = sheet, by = warp }     # fine: `by` is a field here
""",
        stage="parse",
    ),
    "M0111": Entry(
        "`=` where something is compared",
        """
`=` gives a value to a name, `==` compares two values. Measured numbers are hardly ever equal to the
last digit, so a goal is `match measure to target`, and a constraint says how near is near enough:

    require volume_fraction(design) = 50 %            # never true
    require volume_fraction(design) in 49 % .. 51 %
    match   poisson_ratio(pull) to -0.5 within 0.01
""",
        stage="parse",
    ),
    "M0112": Entry(
        "`==` where a value is given",
        """
`==` compares two values, `=` gives a value to a name.

    let a == 3                # write `let a = 3`
""",
        stage="parse",
    ),
    "M0113": Entry(
        "comparisons are chained",
        """
A comparison gives a truth value, which cannot be compared with a number. Say that a value lies in a
range, or join two comparisons.

    require 0 < x < 1
    require x in 0 .. 1
    require 0 < x and x < 1
""",
        stage="parse",
    ),
    "M0114": Entry(
        "a space inside a unit",
        """
A number and its unit are one thing; blanks may stand between the two, but not inside the unit.
Products, quotients and powers of units are written with `*`, `/` and `^`.

    20 N mm                   # write `20 N*mm`
    50 M Pa                   # write `50 MPa`
    3 N/mm^2
    1 s^-1
""",
        stage="parse",
    ),
    "M0115": Entry(
        "a comma, a new line or an operator is missing",
        """
Items of a list and arguments of a call are separated by commas; fields in braces by commas or new
lines. There is no product without `*`.

    [1 2]                     # [1, 2]
    f(a b)                    # f(a, b) or f(a * b)
    { E = 1 MPa nu = 0.3 }    # { E = 1 MPa, nu = 0.3 }
""",
        stage="parse",
    ),
    "M0116": Entry(
        "a name without a kind",
        """
Every statement starts with what it is: `let` for a value, `param` for a value that can be changed
from outside, or the kind of an object.

    warp = flow { symmetry = g }
    generator warp = flow { symmetry = g }

    width = 20 mm
    let width = 20 mm
    param width: Length = 20 mm
""",
        stage="parse",
    ),
    "M0117": Entry(
        "this starts no statement",
        """
A statement is one of

    import   param   let   match   minimize   maximize   require   stage   sweep   define

or `KIND NAME = definition { … }`, or a function `name(a, b) = expression`. A value by itself does
nothing.
""",
        stage="parse",
    ),
    "M0118": Entry(
        "an operator of another language",
        """
The operators are `+ - * / ^`, the comparisons `< <= > >= == !=` and `in`, the words `and`, `or` and
`not`, ranges `a .. b` and functions `x -> expression`.

    x**2                      # x^2
    a && !b                   # a and not b
""",
        stage="parse",
    ),
    "M0119": Entry(
        "something is nested too deeply",
        """
Brackets and expressions may be nested 100 levels deep; a sum of more than 100 terms counts as
nested, too. Nobody can read such an expression: give its parts names with `let`, or write long data
as a list.
""",
        stage="parse",
    ),
    "M0120": Entry(
        "a name, number or text is too long",
        """
A name may have 200 characters, a number 400, a text in quotes 10,000. Long data belong into files
of their own that the spec names.
""",
        stage="parse",
    ),
    "M0121": Entry(
        "a file or text is too large",
        """
A spec may have up to 1 MiB. Specs are written by people; images, meshes and tables of measured
values belong into files of their own that the spec names.
""",
        stage="parse",
    ),
    "M0122": Entry(
        "there is no such file",
        """
Nothing lies under this path. Paths on the command line are relative to the folder that you are in;
those in `import` are relative to the file that imports.
""",
        stage="parse",
    ),
    "M0123": Entry(
        "a file cannot be read",
        """
The path names a folder, or the system does not let this user read the file; the message gives its
reason.
""",
        stage="parse",
    ),
    "M0124": Entry(
        "a file is not UTF-8 text",
        """
Specs are UTF-8 text. A file with other bytes is either no spec (a picture, a mesh, a spreadsheet)
or was saved in another encoding (Latin-1, UTF-16): open it in an editor and save it as UTF-8.
""",
        stage="parse",
    ),
    "M0125": Entry(
        "a parameter has no type",
        """
The values of a `param` come from outside, so its type says what may be given.

    param nu_target = -0.5
    param nu_target: Scalar = -0.5 in -1 .. 0.5
""",
        stage="parse",
    ),
    "M0126": Entry(
        "`:` where `=` belongs",
        """
`name: Type` declares a field, in a definition, or a parameter; `name = value` gives a value.

    material r = neo_hookean { E: 50 MPa }
    material r = neo_hookean { E = 50 MPa }
""",
        stage="parse",
    ),
    "M0127": Entry(
        "a statement among fields",
        """
The braces after a constructor hold fields, `name = value`. Those of a definition hold fields,
`name: Type = default`, values (`let`), functions, and `python "module:Class"`. Statements stand
outside of braces; often one `}` is missing before them. An object may be written right into a
field:

    study fit = optimize { using = adam { rate = 1e-3 } }
""",
        stage="parse",
    ),
    "M0128": Entry(
        "braces do not follow a name",
        """
Fields in braces belong to the name of a definition, perhaps one of an imported file.

    p4() { cell = 20 mm }
    p4 { cell = 20 mm }
    lab.rubber { E = 2 MPa }
""",
        stage="parse",
    ),
    "M0129": Entry(
        "a part of a goal is given twice",
        """
`for`, `scale`, `weight` and `within` may stand once in a goal, in any order.

    match poisson_ratio(pull) to -0.5 weight 2 weight 3
""",
        stage="parse",
    ),
    "M0130": Entry(
        "a goal does not take this part",
        """
`match` takes `for`, `scale`, `weight` and `within`. `minimize` and `maximize` have no target, so
there is nothing to be `within` of, and take `scale` and `weight` only. A bound is a constraint of
its own:

    minimize energy(pull) weight 2
    require  energy(pull) < 3 mJ
""",
        stage="parse",
    ),
    "M0131": Entry(
        "there is nothing in this text",
        """
The file is empty, or holds nothing but comments. `metac new NAME` writes a spec to start from.
""",
        stage="parse",
    ),
    "M0132": Entry(
        "too many errors",
        """
After 100 errors nothing more is said: the file is most likely no spec, or one early mistake led to
all the others.
""",
        stage="parse",
    ),
    "M0133": Entry(
        "the range of a function outside of parentheses",
        """
`for a .. b` after a function could belong to the function or to what stands around it, so a
function with a range stands in parentheses. In a goal, `for` without them gives the range of the
goal.

    let f = x -> x^2 for 0 .. 1
    let f = (x -> x^2 for 0 .. 1)
""",
        stage="parse",
    ),
    "M0134": Entry(
        "something stands behind a complete statement",
        """
What stands before is complete, and this cannot belong to it. Each statement has a line of its own;
a product needs `*`.

    let a = 3 let b = 4
    let c = a b
""",
        stage="parse",
    ),
    "M0135": Entry(
        "a statement or field is not complete",
        """
The line ends where more must follow. A statement goes on over the line's end inside `( )` and `[
]`, or where the next line starts with an operator or with a word that joins parts of a statement
(`to`, `for`, `scale`, `weight`, `within`, `by`, `then`, `else`, `and`, `or`).

    let total = first
              + second
""",
        stage="parse",
    ),
}
