"""Struts from drawings."""

import ezdxf.filemanagement
import numpy as np
import pytest
from ezdxf import units

from metac.runtime.beams.strut_drawings import read_drawn_struts
from metac.runtime.beams.strut_files import NoStruts


@pytest.fixture
def drawn(tmp_path):
    def read(draw, *, unit=units.MM, layer=None, said=None):
        document = ezdxf.filemanagement.new("R2000")
        document.units = unit
        draw(document.modelspace())
        document.saveas(tmp_path / "net.dxf")
        return read_drawn_struts(tmp_path / "net.dxf", layer, said)

    return read


def square(space, **attributes):
    space.add_lwpolyline([(0, 0), (2, 0), (2, 2), (0, 2)], close=True, dxfattribs=attributes)
    space.add_line((0, 0), (2, 2), dxfattribs=attributes)


def lengths(struts):
    return np.sort(np.linalg.norm(np.diff(struts.net.nodes[struts.net.edges], axis=1)[:, 0], axis=1))


def test_lines_and_polylines_that_meet(drawn):
    struts = drawn(square, unit=units.CM)
    assert len(struts.net.nodes) == 4 and struts.widths is None
    np.testing.assert_allclose(lengths(struts), [20, 20, 20, 20, 20 * np.sqrt(2)], rtol=1e-12)


def test_layers(drawn):
    def both(space):
        square(space, layer="net")
        space.add_circle((0, 0), 1.0, dxfattribs={"layer": "other"})

    assert len(drawn(both, layer="NET").net.edges) == 5
    for layer, words, field in ((None, "is not straight", None), ("none", "no curves on a layer", "layer")):
        with pytest.raises(NoStruts, match=words) as caught:
            drawn(both, layer=layer)
        assert caught.value.field == field


def test_lines_drawn_twice(drawn):
    with pytest.raises(NoStruts, match=r"drawn 2 times, from \(2, 2\) to \(0, 0\) mm"):
        drawn(lambda space: (space.add_line((2, 2), (0, 0)), square(space)))


def test_svg(tmp_path):
    path = tmp_path / "net.svg"
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="4mm" height="4mm" viewBox="0 0 4 4">'
    path.write_text(f'{head}<path d="M0 0H2V2zM2 0 3 1"/><line x1="3" y1="1" x2="2" y2="2"/></svg>')
    struts = read_drawn_struts(path, None, None)
    assert len(struts.net.nodes) == 4 and len(struts.net.edges) == 5
    assert struts.net.nodes[:, 1].min() == -2, "y upwards"
