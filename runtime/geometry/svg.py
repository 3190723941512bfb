"""Curves in SVG files: shapes and paths, with the transformations of the groups that they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.geometry.drawn_curves import LARGEST_FILE, Chain, NoDrawnOutline
from metac.runtime.geometry.svg_path import NUMBER, arc, read_path
from metac.runtime.regular_files import require_regular

UNITS = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "q": 0.25}
"""Of the size of a page, mm. Pixels are not among them: programs do not agree on how large they are."""
SHAPES = ("path", "rect", "circle", "ellipse", "polygon", "polyline", "line")
ELSEWHERE = ("defs", "clipPath", "mask", "marker", "pattern", "symbol", "metadata", "style", "title", "desc")
"""Elements whose content is not drawn where it stands."""
MOST_CURVES = 100_000
LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
SAME = 1e-6
"""Relative difference of units that are the same."""
Affine = NDArray[np.float64]
"""`[2, 3]`."""


def read_svg_chains(path: Path, layer: str | None, unit: float | None) -> tuple[list[Chain], float]:
    """The curves of a layer, of the whole drawing where it is None, y downwards from the page's upper left corner.

    Args:
        path: of the file.
        layer: label or id of a group (Inkscape's layers are groups) or of an element, capitals and small letters alike.
        unit: what a length of 1 is, mm; needed where the size of the page is not given in mm, cm, in, pt or pc.

    Returns:
        The curves, and what a length of 1 is, mm.

    Raises:
        OSError: where the file cannot be opened.
        NoDrawnOutline: where it holds no such curves, or some that cannot be read.
    """
    root = _opened(path)
    scale, origin = _page(root, unit)
    chains: list[Chain] = []
    names: set[str] = set()
    for element, affine, within in _drawn(root):
        names |= within
        if layer is not None and layer.casefold() not in {name.casefold() for name in within}:
            continue
        for chain in _chains(element):
            chains.append([points @ affine[:, :2].T + affine[:, 2] - origin for points in chain])
        if len(chains) > MOST_CURVES:
            raise NoDrawnOutline(f"there are more than {MOST_CURVES:,} curves", "take a part of the drawing")
    if not chains and layer is not None:
        shown = ", ".join(f"`{name}`" for name in sorted(names)[:12]) or "none has a label or an id"
        raise NoDrawnOutline(f"there are no curves in a group `{layer}`", f"groups and elements: {shown}", field="layer")
    if not chains:
        raise NoDrawnOutline("there are no curves", f"curves are {', '.join(SHAPES)}; turn text into paths")
    return chains, scale


def _opened(path: Path) -> ElementTree.Element:
    require_regular(path)
    with path.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise NoDrawnOutline(f"it has more than {LARGEST_FILE:,} bytes", "take a part of the drawing")
    if b"<!ENTITY" in content or b"<\0!\0E\0N\0T\0I\0T\0Y\0" in content:
        # A few entities within entities can grow to more than any memory takes.
        raise NoDrawnOutline("it defines XML entities, which are not read", "export it as plain SVG")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as problem:
        raise NoDrawnOutline(f"this is no SVG file: {problem}", "export it as plain SVG") from problem
    if _tag(root) != "svg":
        raise NoDrawnOutline(f"this is no SVG file: its first element is `{_tag(root)}`", "export it as plain SVG")
    return root


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _page(root: ElementTree.Element, unit: float | None) -> tuple[float, NDArray[np.float64]]:
    """What a length of 1 is, mm, and the upper left corner of the page."""
    box = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    if box and (len(box) != 4 or min(box[2:]) <= 0):
        raise NoDrawnOutline(f"its viewBox is `{root.get('viewBox')}`: four numbers, and a size", "export it again")
    scales = []
    for name, extent in zip(("width", "height"), box[2:] or (None, None), strict=True):
        match = re.fullmatch(rf"\s*({NUMBER.pattern})\s*([a-zA-Z]+)\s*", root.get(name, ""))
        if match and match[2].lower() in UNITS:
            size = float(match[1]) * UNITS[match[2].lower()]
            # Without a viewBox a length of 1 is a pixel of CSS, of which 96 go into an inch.
            scales.append(25.4 / 96 if extent is None else size / extent)
    said = min(scales) if scales and min(scales) > 0 else None
    if said is None and unit is None:
        raise NoDrawnOutline(
            "its page has no size in mm, cm, in, pt or pc, so that the unit is not known", "say it: `unit = 1 mm`"
        )
    if said is not None and unit is not None and abs(unit - said) > SAME * said:
        raise NoDrawnOutline(
            f"the file is drawn in units of {said:g} mm, not of {unit:g} mm",
            "leave `unit` out, or mend the size of the page",
            field="unit",
        )
    return said if said is not None else float(unit or 1.0), np.array(box[:2] or [0.0, 0.0])


def _drawn(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, Affine, frozenset[str]]]:
    """The elements that are drawn, how they are placed, and the labels and ids of them and of the groups around them."""
    waiting = [(root, np.eye(PLANE, 3), frozenset[str]())]
    while waiting:
        element, affine, within = waiting.pop()
        tag, style = _tag(element), element.get("style", "").replace(" ", "")
        if tag in ELSEWHERE or "display:none" in style or element.get("display") == "none":
            continue
        if element is not root:
            affine = _after(affine, _transformation(element.get("transform", "")))
            within = within | {name for name in (element.get("id"), element.get(LABEL)) if name}
        if tag in ("use", "svg") and element is not root:
            what = "a clone (`use`)" if tag == "use" else "a drawing within the drawing (`svg`)"
            raise NoDrawnOutline(
                f"it holds {what}, which is not read", "turn it into paths: in Inkscape, Edit, Clone, Unlink"
            )
        if tag in SHAPES:
            yield element, affine, within
        waiting += [(child, affine, within) for child in reversed(element)]


def _after(outer: Affine, inner: Affine) -> Affine:
    return np.concatenate([outer[:, :2] @ inner[:, :2], (outer[:, :2] @ inner[:, 2] + outer[:, 2])[:, None]], axis=1)


def _transformation(text: str) -> Affine:
    """Of an attribute `transform` (CSS Transforms 1, section 8)."""
    whole, place = np.eye(PLANE, 3), 0
    for match in re.finditer(r"\s*,?\s*(\w+)\s*\(([^()]*)\)\s*", text):
        if match.start() != place:
            break
        values = [float(number) for number in NUMBER.findall(match[2])]
        found = _single_transformation(match[1], values)
        if found is None:
            break
        whole, place = _after(whole, found), match.end()
    if place != len(text.rstrip()) and text[place:].strip():
        raise NoDrawnOutline(f"a transformation cannot be read: `{text[place:].strip()[:40]}`", "export it again")
    return whole


def _single_transformation(name: str, values: list[float]) -> Affine | None:
    match name, values:
        case "matrix", [a, b, c, d, e, f]:
            return np.array([[a, c, e], [b, d, f]])
        case "translate", [x]:
            return np.array([[1, 0, x], [0, 1, 0]])
        case "translate", [x, y]:
            return np.array([[1, 0, x], [0, 1, y]])
        case "scale", [s]:
            return np.array([[s, 0, 0], [0, s, 0]])
        case "scale", [s, t]:
            return np.array([[s, 0, 0], [0, t, 0]])
        case "rotate", [angle]:
            c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
            return np.array([[c, -s, 0], [s, c, 0]])
        case "rotate", [angle, x, y]:
            turned = _single_transformation("rotate", [angle])
            assert turned is not None
            turned[:, 2] = np.array([x, y]) - turned[:, :2] @ [x, y]
            return turned
        case "skewX", [angle]:
            return np.array([[1, np.tan(np.deg2rad(angle)), 0], [0, 1, 0]])
        case "skewY", [angle]:
            return np.array([[1, 0, 0], [np.tan(np.deg2rad(angle)), 1, 0]])
    return None


def _chains(element: ElementTree.Element) -> list[Chain]:
    """The connected parts of an element, y downwards."""
    tag, given = _tag(element), element.attrib
    if tag == "path":
        return read_path(given.get("d", ""))
    if tag in ("polygon", "polyline"):
        points = given.get("points", "").strip()
        return read_path(f"M {points} {'Z' if tag == 'polygon' else ''}") if points else []
    if tag == "line":
        ends = np.array([[_length(given, "x1"), _length(given, "y1")], [_length(given, "x2"), _length(given, "y2")]])
        return [[ends]] if np.ptp(ends, axis=0).max() > 0 else []
    if tag == "rect":
        return _rectangle(given)
    radii = [_length(given, "r")] * 2 if tag == "circle" else [_length(given, "rx"), _length(given, "ry")]
    centre = np.array([_length(given, "cx"), _length(given, "cy")])
    if min(radii) <= 0:
        return []
    across = np.array([radii[0], 0.0])
    left, right = centre - across, centre + across
    return [
        arc(right, left, (radii[0], radii[1]), 0.0, False, True) + arc(left, right, (radii[0], radii[1]), 0.0, False, True)
    ]


def _rectangle(given: Mapping[str, str]) -> list[Chain]:
    x, y, width, height = (_length(given, name) for name in ("x", "y", "width", "height"))
    if min(width, height) <= 0:
        return []
    rx, ry = (_length(given, name) if given.get(name, "auto") != "auto" else None for name in ("rx", "ry"))
    rx, ry = rx if rx is not None else ry or 0.0, ry if ry is not None else rx or 0.0
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    if min(rx, ry) <= 0:
        return read_path(f"M {x!r} {y!r} h {width!r} v {height!r} h {-width!r} Z")
    turn = f"{rx!r} {ry!r} 0 0 1"
    return read_path(
        f"M {x + rx!r} {y!r} H {x + width - rx!r} A {turn} {x + width!r} {y + ry!r} V {y + height - ry!r} "
        f"A {turn} {x + width - rx!r} {y + height!r} H {x + rx!r} A {turn} {x!r} {y + height - ry!r} "
        f"V {y + ry!r} A {turn} {x + rx!r} {y!r} Z"
    )


def _length(given: Mapping[str, str], name: str) -> float:
    """A length in units of the drawing; those of the page's own units are not read."""
    text = given.get(name, "0").strip().removesuffix("px")
    if not NUMBER.fullmatch(text):
        raise NoDrawnOutline(
            f"a length `{name} = {given[name]}` has a unit of its own", "export it as plain SVG, or as paths"
        )
    return float(text)
