"""Outlines in SVG files, as written by hand from the specification."""

import numpy as np
import pytest

from metac.runtime.geometry.drawings import read_outlines
from metac.runtime.geometry.drawn_curves import NoDrawnOutline
from metac.runtime.geometry.svg_path import read_path
from tests.runtime.geometry.test_combine import area

PAGE = 'xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
MM = f'{PAGE} width="100mm" height="100mm" viewBox="0 0 100 100"'


@pytest.fixture
def drawn(tmp_path):
    """Reads the content of a page."""

    def read(content, *, page=MM, layer=None, unit=None):
        path = tmp_path / "drawn.svg"
        path.write_text(f"<svg {page}>{content}</svg>", encoding="utf-8")
        return read_outlines(path, layer, unit, None)[0]

    return read


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ('<circle cx="20" cy="30" r="2"/>', 4 * np.pi),
        ('<ellipse cx="20" cy="30" rx="3" ry="1"/>', 3 * np.pi),
        ('<rect x="1" y="2" width="4" height="3"/>', 12.0),
        ('<rect x="1" y="2" width="4" height="3" rx="1"/>', 12 - (4 - np.pi)),
        ('<polygon points="0,0 4,0 4,3"/>', 6.0),
        ('<path d="M0 0h4v3z"/>', 6.0),
        ('<path d="m1,1 4,0 0,3 -4,0 z"/>', 12.0),
        ('<path d="M-1-1L1-1A1 1 0 011 1L-1 1A1 1 0 01-1-1"/>', 4 + np.pi),
        ('<path d="M0 0C0 1 1 1 1 0S2-1 2 0v-3h-2z"/>', 6.0),
        ('<path d="M0 0Q1 2 2 0L2-1 0-1z"/>', 2 + 4 / 3),
        ('<path d="M0 0Q1 2 2 0T4 0z" transform="scale(1 -1)"/>', None),
    ],
)
def test_shapes_and_paths_have_their_area(drawn, content, wanted):
    if wanted is None:
        with pytest.raises(NoDrawnOutline, match="crosses itself"):
            drawn(content)
        return
    (outline,) = drawn(content)
    np.testing.assert_allclose(area(outline), wanted, rtol=2e-6)


def test_places_turn_upwards(drawn):
    (outline,) = drawn('<circle cx="20" cy="30" r="2"/>')
    np.testing.assert_allclose(outline.bounds, [18, -32, 22, -28], atol=4e-4)


def test_transformations_of_groups_are_applied_from_inside_out(drawn):
    content = (
        '<g transform="translate(10, 20) rotate(90)"><g transform="scale(2)">'
        '<rect x="1" y="2" width="3" height="1" transform="matrix(1 0 0 1 5 0)"/></g></g>'
    )
    (outline,) = drawn(content)
    # x' = 10 - 2 y, y' = 20 + 2 (x + 5)
    np.testing.assert_allclose(outline.bounds, [10 - 6, -(20 + 18), 10 - 4, -(20 + 12)], atol=1e-12)
    (about,) = drawn('<rect x="1" y="1" width="2" height="1" transform="rotate(90 1 1) skewX(0) skewY(0)"/>')
    np.testing.assert_allclose(about.bounds, [0, -3, 1, -1], atol=1e-12)


def test_units(drawn):
    circle = '<circle cx="5" cy="5" r="2"/>'

    def size(**given):
        return np.ptp(drawn(circle, **given)[0].points[:, 0])

    assert size(page=f'{PAGE} width="2in" height="2in" viewBox="0 0 10 10"') == pytest.approx(4 * 5.08, rel=1e-4)
    assert size(page=f'{PAGE} width="100" height="100"', unit=0.5) == pytest.approx(2.0, rel=1e-4)
    assert size(page=f'{PAGE} width="100mm" height="50mm" viewBox="0 0 100 100"') == pytest.approx(2.0, rel=1e-4)
    with pytest.raises(NoDrawnOutline, match="unit is not known"):
        drawn(circle, page=f'{PAGE} width="100px" height="100px" viewBox="0 0 10 10"')
    with pytest.raises(NoDrawnOutline, match="units of 1 mm, not of 2 mm") as caught:
        drawn(circle, unit=2.0)
    assert caught.value.field == "unit"


def test_layers_and_what_is_not_drawn(drawn):
    content = (
        '<defs><circle cx="1" cy="1" r="1"/></defs><g inkscape:groupmode="layer" inkscape:label="Pores" id="layer1">'
        '<circle cx="5" cy="5" r="1"/><g style="display: none"><rect width="1" height="1"/></g></g>'
        '<g id="outer"><rect x="20" y="20" width="4" height="4"/></g>'
    )
    assert len(drawn(content)) == 2
    assert area(drawn(content, layer="pores")[0]) == pytest.approx(np.pi, rel=1e-6)
    assert area(drawn(content, layer="outer")[0]) == pytest.approx(16)
    with pytest.raises(NoDrawnOutline, match="no curves in a group `holes`") as caught:
        drawn(content, layer="holes")
    assert caught.value.field == "layer" and "`Pores`" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<path d="M0 0 L2 2"/>', "open"),
        ('<path d="M0 0 L2 2 x"/>', "`x` is no number"),
        ('<path d="M0 0 L2"/>', "a path cannot be read"),
        ('<path d="L0 0 2 2"/>', "a path cannot be read"),
        ('<path d="M0 0 A1 1 0 2 1 2 2 z"/>', "`2 1 2 2` is no flag"),
        ('<path d="M0 0 L1e999 2 1 1z"/>', "no number that can be drawn"),
        ('<path d="M0 0 2 2 2 0 0 2z"/>', "crosses itself"),
        ('<circle r="2cm"/>', "unit of its own"),
        ('<use href="#a"/>', "clone"),
        ("<text>pore</text>", "no curves"),
        ('<g transform="turn(3)"><circle r="2"/></g>', "transformation cannot be read"),
        ("<g>", "no SVG file"),
    ],
)
def test_what_is_no_outline(drawn, content, words):
    with pytest.raises(NoDrawnOutline, match=words):
        drawn(content)


def test_hostile_files(tmp_path, monkeypatch):
    path = tmp_path / "bomb.svg"
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    path.write_text(f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]><svg {MM}><text>&a11;</text></svg>')
    for encoding in ("utf-8", "utf-16"):
        path.write_bytes(path.read_text("utf-8").encode(encoding) if encoding == "utf-16" else path.read_bytes())
        with pytest.raises(NoDrawnOutline, match="entities"):
            read_outlines(path, None, None, None)
    monkeypatch.setattr("metac.runtime.geometry.svg.LARGEST_FILE", 100)
    with pytest.raises(NoDrawnOutline, match="more than 100 bytes"):
        read_outlines(path, None, None, None)


def test_arcs_lie_on_their_ellipse():
    ((first, *_),) = (read_path("M 3 0 A 3 2 0 0 1 -3 0"),)
    for controls in first:
        t = np.linspace(0, 1, 9)[:, None]
        a, b, c, d = controls
        points = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d
        np.testing.assert_allclose((points[:, 0] / 3) ** 2 + (points[:, 1] / 2) ** 2, 1, rtol=2e-7)
    assert first[len(first) // 2][0][1] > 0, "with the sweep flag angles grow, y downwards"
