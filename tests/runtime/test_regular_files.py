"""Readers refuse pipes: nothing may ever be written into them."""

import os

import pytest

from metac.runtime.beams.strut_files import read_struts
from metac.runtime.regular_files import require_regular
from metac.runtime.springs.network_files import read_network


@pytest.mark.parametrize(
    ("reader", "name"),
    [(read_struts, "net.csv"), (read_struts, "net.json"), (read_struts, "a-nodes.csv"), (read_network, "net.data")],
)
def test_pipes_are_refused_rather_than_waited_for(tmp_path, reader, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(OSError, match="a pipe or a device"):
        reader(tmp_path / name)


def test_files_folders_and_what_is_missing_are_left_to_who_opens_them(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "", "nothing"):
        require_regular(tmp_path / name)
