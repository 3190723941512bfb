import pytest

from metac.compiler.interfaces.field_error import FieldError
from tests.library import make

PAGE = '<svg xmlns="http://www.w3.org/2000/svg" width="4mm" height="4mm" viewBox="0 0 4 4">'


def test_struts_of_a_drawing(tmp_path):
    (tmp_path / "net.svg").write_text(f'{PAGE}<path d="M0 0H2V2z"/></svg>')
    (tmp_path / "net.csv").write_text("")
    assert len(make("generator", "struts", file=str(tmp_path / "net.svg")).net.edges) == 3
    for field, value in (("layer", "net"), ("unit", 2.0)):
        for file in ("net.svg", "net.csv"):
            with pytest.raises(FieldError) as caught:
                make("generator", "struts", file=str(tmp_path / file), **{field: value})
            assert caught.value.field == field
