"""TF_CONFIG: who trains together, and what is wrong with what it says."""

from __future__ import annotations

import json

import pytest

from digitcli.errors import UsageError
from digitcli.training.cluster.tf_config import read_tf_config, split_address, time_limit

A, B, C = "one:4321", "two:4321", "[::1]:80"


def config(cluster, kind="worker", index=0):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize("environment", [{}, {"TF_CONFIG": " "}, config({"worker": [A]})])
def test_nothing_or_a_single_worker_is_no_cluster(environment):
    assert read_tf_config(environment) is None


def test_the_first_worker_is_the_chief():
    first, second = (read_tf_config(config({"worker": [A, B]}, index=n)) for n in (0, 1))

    assert (first.chief, second.chief) == (True, False)
    assert second.label(1) == "worker 1 (two:4321)"


def test_a_chief_of_its_own_comes_before_the_workers():
    found = read_tf_config(config({"worker": [A, B], "chief": [C]}, index=1))

    assert found.names == ("chief 0", "worker 0", "worker 1")
    assert found.addresses == (C, A, B)
    assert (found.index, found.chief) == (2, False)
    assert read_tf_config(config({"worker": [A], "chief": [C]}, "chief")).chief


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{worker: 1}", "TF_CONFIG: not JSON (Expecting property name"),
        ("[1]", r"TF_CONFIG: it must be a table, got \[1\]"),
        ("{}", "TF_CONFIG: lacks cluster"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}}', "TF_CONFIG: lacks task"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {}}', "TF_CONFIG: lacks task.type"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": 3}', "task must be a table, got 3"),
    ],
)
def test_what_is_not_json_or_lacks_a_part_is_refused_and_an_example_given(text, wrong):
    with pytest.raises(UsageError, match=wrong.replace("(", r"\(")) as caught:
        read_tf_config({"TF_CONFIG": text})

    example = caught.value.hint.partition("TF_CONFIG='")[2].partition("'")[0]
    assert read_tf_config({"TF_CONFIG": example}).names == ("worker 0", "worker 1")


@pytest.mark.parametrize(
    ("cluster", "wrong"),
    [
        ({}, "cluster must hold tasks of type chief and worker only"),
        ([A, B], "cluster must hold tasks of type chief and worker only"),
        ({"worker": [A, B], "ps": [C]}, "chief and worker only, got worker, ps"),
        ({"worker": A}, "cluster.worker must be a list of host:port, got 'one:4321'"),
        ({"worker": []}, r"cluster.worker must be a list of host:port, got \[\]"),
        ({"worker": [A, "two"]}, "cluster.worker: expected host:port, got 'two'"),
        ({"worker": [A, ":80"]}, "cluster.worker: expected host:port, got ':80'"),
        ({"worker": [A, "two:99999"]}, "cluster.worker: expected host:port, got 'two:99999'"),
        ({"worker": [A, "two:²"]}, "cluster.worker: expected host:port"),
        ({"worker": [A, 5]}, "cluster.worker: expected host:port, got 5"),
        ({"worker": [A, B, A]}, "two workers have the same address"),
        ({"chief": [A, B], "worker": [C]}, "more than one chief"),
    ],
)
def test_a_wrong_cluster_is_refused(cluster, wrong):
    with pytest.raises(UsageError, match=wrong):
        read_tf_config(config(cluster))


@pytest.mark.parametrize(
    ("kind", "index", "wrong"),
    [
        ("worker", 2, "task.index of a worker must be 0 to 1, got 2"),
        ("worker", -1, "must be 0 to 1, got -1"),
        ("worker", "0", "must be 0 to 1, got '0'"),
        ("worker", True, "must be 0 to 1, got True"),
        ("evaluator", 0, "task.type must be worker, got 'evaluator'"),
        ("chief", 0, "task.type must be worker, got 'chief'"),
    ],
)
def test_a_task_that_the_cluster_does_not_have_is_refused(kind, index, wrong):
    with pytest.raises(UsageError, match=wrong):
        read_tf_config(config({"worker": [A, B]}, kind, index))


def test_addresses_are_split_with_or_without_brackets():
    assert split_address(A) == ("one", 4321)
    assert split_address(C) == ("::1", 80)


def test_the_time_limit_is_a_minute_unless_set():
    assert time_limit({}) == 60
    assert time_limit({"DIGITCLI_WORKER_SECONDS": "2.5"}) == 2.5
    with pytest.raises(UsageError, match="DIGITCLI_WORKER_SECONDS=soon: expected seconds"):
        time_limit({"DIGITCLI_WORKER_SECONDS": "soon"})
