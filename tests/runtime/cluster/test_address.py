"""Addresses of clusters."""

from __future__ import annotations

import pytest

from metac.runtime.cluster.address import ClusterAddress, asked_cluster, on_cluster
from metac.runtime.cluster.failures import ClusterFailure


def test_addresses_that_are_some() -> None:
    assert ClusterAddress("dask://login-1.example.org:8786").scheduler == "tcp://login-1.example.org:8786"
    assert ClusterAddress("dask://[::1]:80").scheduler == "tcp://[::1]:80"
    assert ClusterAddress("slurm", 4).scheduler is None


@pytest.mark.parametrize("text", ["", "dask://", "dask://host", "tcp://host:1", "dask://host:99999", "lsf", "dask://a b:1"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(ClusterFailure, match="is no cluster") as caught:
        ClusterAddress(text)
    assert "--cluster dask://HOST:PORT" in caught.value.remedy


def test_the_innermost_block_counts() -> None:
    assert asked_cluster() is None
    with on_cluster(ClusterAddress("slurm")), on_cluster(None):
        assert asked_cluster() == ClusterAddress("slurm")
    assert asked_cluster() is None
