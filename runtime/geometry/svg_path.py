"""Path data of SVG files: all use of fontTools is here.

SVG 2, chapter 9 (W3C Candidate Recommendation, 2018). fontTools reads the commands; numbers are written out for it
beforehand, since it passes over what it does not know without a word.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.geometry.drawn_curves import Chain, NoDrawnOutline

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
FLAG = re.compile(r"[01]")
BETWEEN = re.compile(r"\s*,?\s*")
COMMAND = re.compile(r"([MmZzLlHhVvCcSsQqTtAa])")
ARC_PARTS = (NUMBER, NUMBER, NUMBER, FLAG, FLAG, NUMBER, NUMBER)
ARC_PIECE = np.pi / 8
"""Angle of the cubics that stand for an arc: they follow it to 1e-7 of its radius."""


def read_path(data: str) -> list[Chain]:
    """The connected parts of a path, y downwards; raises NoDrawnOutline where it cannot be read."""
    from fontTools.svgLib.path import parse_path

    pen = _Pen()
    try:
        parse_path(_written_out(data), pen)
    except (ValueError, OverflowError) as problem:
        raise NoDrawnOutline(f"a path cannot be read: {problem}", "export the drawing again") from problem
    pen.endPath()
    return pen.parts


def _written_out(data: str) -> str:
    """The same commands with all numbers apart; ValueError at what is none."""
    words: list[str] = []
    command = ""
    for part in COMMAND.split(data):
        if COMMAND.fullmatch(part):
            words.append(part)
            command = part
        elif part.strip():
            sorts = ARC_PARTS if command in ("A", "a") else (NUMBER,)
            words += _numbers(part, sorts)
    return " ".join(words)


def _numbers(text: str, sorts: tuple[re.Pattern[str], ...]) -> list[str]:
    place, found = 0, []
    while True:
        between = BETWEEN.match(text, place)
        place = between.end() if between else place
        if place == len(text):
            return found
        sort = sorts[len(found) % len(sorts)]
        match = sort.match(text, place)
        if match is None:
            raise ValueError(f"`{text[place : place + 20].strip()}` is no {'flag' if sort is FLAG else 'number'}")
        value = match.group()
        found.append(value if sort is FLAG else f"{float(value):.17g}")
        if not np.isfinite(float(value)):
            raise ValueError(f"`{value}` is no number that can be drawn")
        place = match.end()


class _Pen:
    """Collects control points, as fontTools' pens are called."""

    def __init__(self) -> None:
        self.parts: list[Chain] = []
        self._controls: Chain = []
        self._start = self._here = np.zeros(PLANE)

    def moveTo(self, point: tuple[float, float]) -> None:
        """Begin a part."""
        self.endPath()
        self._start = self._here = np.array(point)

    def lineTo(self, point: tuple[float, float]) -> None:
        """A straight line."""
        self._add(point)

    def curveTo(self, *points: tuple[float, float]) -> None:
        """A cubic."""
        self._add(*points)

    def qCurveTo(self, *points: tuple[float, float]) -> None:
        """A parabola."""
        self._add(*points)

    def arcTo(self, rx: float, ry: float, turn: float, large: bool, sweep: bool, point: tuple[float, float]) -> None:
        """An arc of an ellipse whose first axis is turned by an angle (degrees)."""
        for controls in arc(self._here, np.array(point), (rx, ry), np.deg2rad(turn), bool(large), bool(sweep)):
            self._add(*controls[1:])

    def closePath(self) -> None:
        """A line back to the start of the part, where it does not end there."""
        if np.any(self._here != self._start):
            self._add((float(self._start[0]), float(self._start[1])))
        self.endPath()

    def endPath(self) -> None:
        """The end of a part."""
        if self._controls:
            self.parts.append(self._controls)
        self._controls, self._here = [], self._start

    def _add(self, *points: tuple[float, float] | NDArray[np.float64]) -> None:
        controls = np.array([self._here, *points], float)
        self._here = controls[-1]
        if np.ptp(controls, axis=0).max() > 0:
            self._controls.append(controls)


def arc(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    radii: tuple[float, float],
    turn: float,
    large: bool,
    sweep: bool,
) -> Chain:
    """Cubics along an arc of an ellipse between two points (SVG 2, appendix B.2: too small radii grow, none is a line)."""
    rx, ry = abs(radii[0]), abs(radii[1])
    if np.array_equal(start, end):
        return []
    if rx == 0 or ry == 0:
        return [np.array([start, end])]
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    half = axes.T @ (start - end) / 2
    unit = half / (rx, ry)
    grown = max(1.0, float(np.linalg.norm(unit)))
    scale = np.array([rx, ry]) * grown
    unit = unit / grown
    square = float(unit @ unit)
    away = np.sqrt(max(0.0, 1 / square - 1)) * (-1.0 if large == sweep else 1.0)
    centre = away * np.array([unit[1], -unit[0]])
    first, last = unit - centre, -unit - centre
    begin, finish = np.arctan2(first[1], first[0]), np.arctan2(last[1], last[0])
    through = (finish - begin) % (2 * np.pi)
    if not sweep:
        through -= 2 * np.pi
    middle = (start + end) / 2 + axes @ (scale * centre)
    pieces = max(1, int(np.ceil(abs(through) / ARC_PIECE)))
    angles = begin + through * np.arange(pieces + 1) / pieces
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    handle = 4 / 3 * np.tan(through / pieces / 4) * np.stack([-places[:, 1], places[:, 0]], axis=1)
    drawn = [
        middle + (scale * np.array([a, a + s, b - t, b])) @ axes.T
        for a, s, b, t in zip(places[:-1], handle[:-1], places[1:], handle[1:], strict=True)
    ]
    drawn[0][0], drawn[-1][-1] = start, end
    return drawn
