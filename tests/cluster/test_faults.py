"""Proves that no shopper of a whole cluster gets an error, and that nothing is lost, whichever process dies."""

import pathlib
import subprocess

import pytest

from faults import Pauses, kill_each
from milvus_cluster import MilvusCluster


@pytest.fixture
def milvus(tmp_path: pathlib.Path):
    try:
        cluster = MilvusCluster(tmp_path / "milvus")
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no Milvus cluster: {error}".splitlines()[0])
    with cluster:
        yield cluster


def test_no_query_fails_and_nothing_is_lost_whichever_process_dies(milvus: MilvusCluster, tmp_path: pathlib.Path):
    noticed = kill_each(milvus, tmp_path, Pauses(before=2, away=8, after=4))
    assert noticed["failures"] == []
    assert noticed["lost"] == 0
    assert noticed["sound"], noticed["verify"]
    assert all(step["written"] for step in noticed["steps"])
