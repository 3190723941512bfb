"""Tables that any reader of CSV takes apart as they were."""

from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.runs.csv_tables import table_bytes, table_rows

CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4))
def test_what_is_written_is_read(rows):
    assert table_rows(table_bytes(rows).decode()) == rows


def test_names_with_commas_are_one_cell():
    assert table_bytes([["place", "peak_von_mises(pull, along = x)"]]) == b'place,"peak_von_mises(pull, along = x)"\n'
