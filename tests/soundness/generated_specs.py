"""Specs that are made at random together with what they mean: functions of functions, imports, sweeps, partial tensors."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

LIBRARY = """define material soft {
    mu: Pressure in 1e-9 MPa .. 1e9 MPa
    K:  Pressure = 10*mu
    energy(F) = mu/2*(tr(F.T*F) - dim - 2*log(det(F))) + K/2*(det(F) - 1)^2
}
"""
FUNCTIONS = """sq(x) = x^2
half(x) = x/2
middle(a, b) = (a + b)/2
app(f, x) = f(x)
add(a) = b -> a + b
twice(f) = x -> f(f(x))
chain(f, g) = x -> g(f(x))
flip(f) = x -> y -> f(y, x)
if_small(f, g) = x -> if x < 0.5 then f(x) else g(x)
let third = x -> x/3
part(x: Scalar, factor: Scalar = 0.5, of: Function[Scalar, Scalar] = y -> factor*y) = of(x)
blend(a, b = a, share: Scalar = 1/2) = {
    let other = { let rest = 1 - share, rest*b }
    share*a + other
}
held(x) = { let kept = x, y -> (kept + y)/2 }
"""
Number = Callable[[float], float]


@dataclass
class GeneratedSpec:
    """A spec, and what must be found in it; files by name."""

    text: str
    files: dict[str, str]
    bounds: list[float]
    """Upper bounds of the requirements, in order."""
    targets: list[float]
    """Targets of the goals, in order, with the first value of each sweep."""
    parts: list[list[list[float | None]]]
    """Of the goals on a stiffness, which come last, the components in MPa; None where nothing is asked."""
    stiffness: float
    """`mu` of the material, MPa."""
    sweeps: dict[str, list[float]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    """Values from outside."""


def spec(seed: int) -> GeneratedSpec:
    """The spec of a seed."""
    return _Maker(random.Random(seed)).made()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._values: dict[str, float] = {}
        """Names in scope that stand for numbers."""
        self._files: dict[str, str] = {}
        self._set: list[tuple[str, str, str]] = []
        """File, name and value of params that are set from outside."""
        self._given: dict[str, str] = {}

    def _imported_values(self) -> list[str]:
        """Imports of files with values, one of which may import the other; what they bring is in scope then."""
        inner = self._file("inner", ["x", "y"], {})
        direct = self._chance.random() < 0.5
        outer = self._file("outer", ["x", "z"], {f"core.{name}": value for name, value in inner.items()})
        for file, values in (("outer", outer), ("outer.core", inner), *([("direct", inner)] if direct else [])):
            self._values |= {f"{file}.{name}": value for name, value in values.items()}
        ways = {"outer": "outer", "inner": self._chance.choice(["outer.core", "direct"] if direct else ["outer.core"])}
        self._given = {f"{ways[file]}.{name}": text for file, name, text in self._set}
        return ['import "outer.meta" as outer', *(['import "inner.meta" as direct'] if direct else [])]

    def _file(self, file: str, names: list[str], values: dict[str, float]) -> dict[str, float]:
        """Write a file that declares these names, and give what they stand for; some of its params are set from outside."""
        head = ['import "functions.meta"', *(['import "inner.meta" as core'] if values else [])]
        own: dict[str, float] = {}
        lines = []
        for name in names:
            self._values = values | own
            text, own[name] = self._number(2)
            if self._chance.random() < 0.3:
                self._set.append((file, name, text))
                lines.append(f"param {name}: Scalar = 0.5")
            else:
                lines.append(self._chance.choice([f"param {name}: Scalar = {text} in 0 .. 1", f"let {name} = {text}"]))
        self._chance.shuffle(lines)
        self._files[f"{file}.meta"] = "\n".join(head + lines) + "\n"
        self._values = {}
        return own

    def _named_values(self) -> tuple[list[str], dict[str, list[float]]]:
        """Lines that give names to numbers, and the values of those that are swept."""
        chance, lines, sweeps = self._chance, [], {}
        for index, sort in enumerate(chance.choices(["param", "let", "sweep", "unit"], [3, 4, 2, 1], k=chance.randrange(9))):
            if sort == "unit":
                size, name = round(chance.uniform(0.5, 1.5), 3), f"v{index}"
                unit = f"own{'abcdefghi'[index]}"
                lines += [f"unit {unit} = {size} m/mm / 1000", f"let {name} = 0.5 {unit}"]
                self._values[name] = 0.5 * size
                continue
            # Each may need those before it, in the text they stand in any order.
            text, value = self._number(2)
            name = f"{sort[0]}{index}"
            if sort == "sweep" and chance.random() < 0.4:
                # A pair in step with another name, of which the second is never used.
                others = [self._number(1) for _ in range(chance.randrange(3))]
                rows = [f"[{each}, {place} mm]" for place, each in enumerate([text, *(other for other, _ in others)])]
                lines.append(f"sweep [{name}, {name}_step] in [{', '.join(rows)}]")
                sweeps[name] = [value, *(other for _, other in others)]
                sweeps[f"{name}_step"] = [float(place) for place in range(len(rows))]
            elif sort == "sweep":
                others = [self._number(1) for _ in range(chance.randrange(3))]
                lines.append(f"sweep {name} in [{', '.join([text, *(other for other, _ in others)])}]")
                sweeps[name] = [value, *(other for _, other in others)]
            else:
                lines.append(f"param {name}: Scalar = {text} in 0 .. 1" if sort == "param" else f"let {name} = {text}")
            self._values[name] = value
        return lines, sweeps

    def made(self) -> GeneratedSpec:
        chance = self._chance
        imports = self._imported_values() if chance.random() < 0.5 else []
        lines, sweeps = self._named_values()
        imported = chance.random() < 0.5
        stiffness_text, stiffness = self._number(2)
        law = "lab.soft" if imported and chance.random() < 0.5 else "soft"
        law_used = "firm" if chance.random() < 0.4 else law
        if law_used == "firm":
            lines.append(f"define material firm {{\n    mu: Pressure\n    let same = mu\n    is = {law} {{ mu = same }}\n}}")
        lines += [
            "symmetry  g      = p4 { cell = 20 mm }",
            f"material  rubber = {law_used} {{ mu = (1 + {stiffness_text}) * 1 MPa }}",
            "shape     pores  = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }",
            "body      sheet  = specimen { shape = pores, cells = [2, 2], material = rubber }",
            "generator warp   = flow { symmetry = g }",
            "body      design = deformed { body = sheet, by = warp }",
            "load      pull   = tension { body = design, strain = 10 % }",
            "body      period = deformed { body = cell { shape = pores, material = rubber }, by = warp }",
            "load      rve    = periodic { body = period }",
        ]
        bounds, targets = [], []
        partial = [self._partial() for _ in range(chance.randrange(3))]
        for _ in range(chance.randrange(3)):
            text, value = self._number(3)
            lines.append(f"require smallest_jacobian(design) <= 1 + {text}")
            bounds.append(1 + value)
        for _ in range(chance.randrange(1, 3)):
            text, value = self._number(3)
            lines.append(f"match poisson_ratio(pull) to {text} within 0.1")
            targets.append(value)
        if partial:
            lines += [f"match stiffness(rve) to {text} scale 1 MPa" for text, _ in partial]
        studies = chance.sample(["fit", "again", "before"], k=chance.choice([1, 1, 2, 3]))
        lines += [f"study {name} = optimize {{ vary = warp, steps = {len(name)} }}" for name in studies]
        files = self._files | ({"lab.meta": LIBRARY} if imported else {})
        functions = FUNCTIONS
        if imports:
            files["functions.meta"] = FUNCTIONS
            functions = "\n".join([*imports, 'import "functions.meta"']) + "\n"
        head = ('import "lab.meta" as lab\n' if law == "lab.soft" else 'import "lab.meta"\n') if imported else LIBRARY
        declarations = lines[: -len(bounds) - len(targets) - len(partial) - len(studies)]
        chance.shuffle(declarations)  # their order means nothing
        lines = [*declarations, *lines[len(declarations) :]]
        text = head + functions + "\n".join(lines) + "\n"
        parts = [components for _, components in partial]
        return GeneratedSpec(text, files, bounds, targets, parts, 1 + stiffness, sweeps, self._given)

    def _partial(self) -> tuple[str, list[list[float | None]]]:
        """A symmetric stiffness, positive definite, some of whose components are not asked for, as text and in MPa."""
        chance = self._chance
        texts, values = [["0"] * 3 for _ in range(3)], [[0.0] * 3 for _ in range(3)]
        for i in range(3):
            text, value = self._number(1)
            texts[i][i], values[i][i] = f"(3 + {text})", 3 + value
            for j in range(i):
                text, value = self._number(1)
                texts[i][j] = texts[j][i] = text
                values[i][j] = values[j][i] = value
        unit = chance.choice(["each", "before", "behind", "over"])
        if unit == "each":
            texts = [[f"({text}) * 1 MPa" for text in row] for row in texts]
        found: list[list[float | None]] = [list(row) for row in values]
        rows = []
        for i in range(3):
            gone = chance.random()
            if gone < 0.25 and i > 0:
                rows.append("none")
                found[i] = [None] * 3
                continue
            for j in range(3):
                if chance.random() < 0.3 and (i, j) != (0, 0):
                    texts[i][j], found[i][j] = "none", None
            rows.append(f"[{', '.join(texts[i])}]")
        whole = f"[{', '.join(rows)}]"
        forms = {
            "each": whole,
            "before": f"1 MPa * {whole}",
            "behind": f"{whole} * 1 MPa",
            "over": f"{whole} / (1 / (1 MPa))",
        }
        return forms[unit], found

    def _number(self, depth: int) -> tuple[str, float]:
        """An expression between 0 and 1, and its value."""
        chance = self._chance
        if depth == 0 or chance.random() < 0.2:
            if self._values and chance.random() < 0.6:
                name = chance.choice(sorted(self._values))
                return name, self._values[name]
            value = round(chance.uniform(0, 1), 3)
            return str(value), value
        inner, value = self._number(depth - 1)
        sort = chance.randrange(4)
        if sort == 0:
            other, second = self._number(depth - 1)
            both = f"both{chance.randrange(10**9)}"  # a block may not take a name of the one around it
            middle = (
                f"middle({inner}, {other})",
                f"flip(middle)({inner})({other})",
                f"blend({inner}, {other})",
                f"blend(b = {other}, a = {inner})",
                f"held({inner})({other})",
                f"{{ let {both} = {inner} + {other}, {both}/2 }}",
            )
            return chance.choice(middle), (value + second) / 2
        if sort == 1 and chance.random() < 0.4:
            given, share = self._number(depth - 1)
            forms = (
                (f"part({inner})", value / 2),
                (f"part({inner}, factor = {given})", share * value),
                (f"blend({inner})", value),
            )
            return chance.choice(forms)
        text, function = self._function(depth)
        if sort == 1:
            return f"app({text}, {inner})", function(value)
        return f"{text}({inner})", function(value)

    def _function(self, depth: int) -> tuple[str, Number]:
        """A function from 0 .. 1 to 0 .. 1 as text and in Python; its text can be called."""
        chance = self._chance
        plain: list[tuple[str, Number]] = [
            ("sq", lambda x: x**2),
            ("half", lambda x: x / 2),
            ("third", lambda x: x / 3),
            ("sqrt", lambda x: x**0.5),
            ("abs", abs),
        ]
        if depth <= 1:
            return chance.choice(plain)
        sort = chance.randrange(5)
        if sort == 0:
            text, inner = self._function(depth - 1)
            return f"twice({text})", lambda x: inner(inner(x))
        if sort == 1:
            (text, first), (other, second) = self._function(depth - 1), self._function(depth - 1)
            return f"chain({text}, {other})", lambda x: second(first(x))
        if sort == 2:
            (text, low), (other, high) = self._function(depth - 1), self._function(depth - 1)
            return f"if_small({text}, {other})", lambda x: low(x) if x < 0.5 else high(x)
        if sort == 3:
            given, value = self._number(depth - 2)
            return f"chain(add({given}), half)", lambda x: (value + x) / 2
        return chance.choice(plain)
