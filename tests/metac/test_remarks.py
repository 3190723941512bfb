"""What loads say of what they were given."""

from types import SimpleNamespace

import pytest

from metac.api.remarks import remarks
from metac.compiler.interfaces.load import Remark
from metac.dsl.source import Source, Span

SPAN, FIELD = (Span(Source("<test>", "load l = own { at = 1 }"), start, 23) for start in (0, 15))
GRAPH = SimpleNamespace(nodes={"l": SimpleNamespace(span=SPAN, field_spans={"at": FIELD})})


@pytest.mark.parametrize(
    ("said", "code", "span"),
    [
        ([Remark("at", "far away", "come nearer")], "M0625", FIELD),
        ([Remark("of", "far away", "come nearer")], "M0625", SPAN),
        (3, "M0579", SPAN),
        (["far away"], "M0579", SPAN),
    ],
)
def test_remarks_are_warnings_at_their_field(said, code, span):
    (found,) = remarks(GRAPH, {"l": SimpleNamespace(remarks=said)})
    assert (found.code, found.severity, found.labels[0].span) == (code, "warning", span)
