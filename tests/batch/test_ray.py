"""`digitcli batch` with Ray itself, undisturbed and disturbed (slow; `make ray`)."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from batch import kinds
from pictures import save_template_weights

pytest.importorskip("ray", reason="needs Ray (the extra ray): `make ray` installs it")
pq = pytest.importorskip("pyarrow.parquet", reason="needs the package pyarrow (extra data)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
OPTIONS = ("--weights", "templates.npz", "--digits", "one", "--workers", "2")
SHARDS, PICTURES = 8, 1500


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Eight ZIP files of 1,500 pictures, one of which is damaged in each."""
    place = tmp_path_factory.mktemp("ray")
    save_template_weights(place / "templates.npz")
    (place / "in").mkdir()
    for shard in range(SHARDS):
        with zipfile.ZipFile(place / "in" / f"{shard}.zip", "w") as archive:
            for number in range(PICTURES):
                data = (
                    kinds.PICTURES[(shard + number) % 10] if number != 7 else b"\x89PNG\r\n\x1a\n"
                )
                archive.writestr(zipfile.ZipInfo(f"{number:04}.png"), data)
    return place


def command(output: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "digitcli", "batch", "in", "--output", output, *OPTIONS, *more]


def parts_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


@pytest.fixture(scope="module")
def undisturbed(place):
    done = subprocess.run(command("whole"), cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert f"whole: {SHARDS * PICTURES:,} pictures in {SHARDS} parts" in done.stdout
    assert f"{SHARDS} of {SHARDS * PICTURES:,} pictures could not be read" in done.stderr
    assert "Warning" not in done.stderr, done.stderr
    assert "ray" not in done.stderr.lower().replace("ray starts", ""), "Ray keeps quiet"
    return parts_of(place / "whole")


def start(place: Path, output: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command(output), cwd=place, stdout=pipe, stderr=pipe, text=True)


def wait_for_parts(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while len(list(folder.glob("*.parquet"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no part within five minutes"
        time.sleep(0.02)


def workers_of(pid: int) -> set[int]:
    """The processes below `pid` that read shards."""
    parents, titles = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
            titles[int(folder.name)] = (
                (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
            )
        except OSError:
            continue
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return {one for one in found if titles[one].startswith("ray::MapWorker")}


def wait_for_their_end(workers: set[int]) -> None:
    deadline = time.monotonic() + 60  # Ray's agents, which do nothing, end a minute later
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "workers outlive the command"
        time.sleep(0.1)


def test_rows_are_those_of_predict(place, undisturbed):
    archives = [f"in/{number}.zip" for number in range(SHARDS)]
    predict = [sys.executable, "-m", "digitcli", "predict", *archives, "--jsonl", *OPTIONS[:4]]
    lines = subprocess.run(predict, cwd=place, capture_output=True, text=True, check=False).stdout
    lacking = {"fields": None, "number": None, "notes": None}
    expected = [lacking | json.loads(line) for line in lines.splitlines()]
    for row in expected:
        del row["schema"]

    rows = [
        row for name in undisturbed for row in pq.read_table(place / "whole" / name).to_pylist()
    ]

    assert len(rows) == SHARDS * PICTURES
    assert rows == expected


def test_a_killed_worker_changes_no_byte(place, undisturbed):
    process = start(place, "worker")
    wait_for_parts(place / "worker", 1, process)
    workers = workers_of(process.pid)

    os.kill(min(workers), signal.SIGKILL)
    _, said = process.communicate(timeout=300)

    assert process.returncode == 7, said
    assert "raylet" not in said, "Ray keeps quiet"
    assert parts_of(place / "worker") == undisturbed
    assert not list((place / "worker").glob(".*.tmp"))


def test_a_killed_driver_goes_on_where_it_was(place, undisturbed):
    process = start(place, "driver")
    wait_for_parts(place / "driver", 2, process)
    workers = workers_of(process.pid)

    process.kill()
    process.communicate()

    wait_for_their_end(workers)
    there = {path.name: path.stat().st_ino for path in (place / "driver").glob("*.parquet")}
    assert 2 <= len(there) < SHARDS, "killed in the middle"
    done = subprocess.run(command("driver"), cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert f"parts that are there already: {len(there)}" in done.stderr
    assert parts_of(place / "driver") == undisturbed
    after = {name: (place / "driver" / name).stat().st_ino for name in there}
    assert after == there, "finished parts are not written again"


def test_ctrl_c_ends_the_command_and_ray(place, undisturbed):
    process = start(place, "interrupted")
    wait_for_parts(place / "interrupted", 1, process)
    workers = workers_of(process.pid)

    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert time.monotonic() - begin < 10, "two seconds on a machine that is not busy"
    wait_for_their_end(workers)
    for name, data in parts_of(place / "interrupted").items():
        assert data == undisturbed[name]


TWO_NODES = """
import subprocess, sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
cluster.add_node(num_cpus=1)
code = subprocess.run(sys.argv[1:] + ["--address", cluster.address]).returncode
cluster.shutdown()
sys.exit(code)
"""


def test_two_nodes_give_the_same_bytes(place, undisturbed):
    script = [sys.executable, "-c", TWO_NODES, *command("nodes")]
    done = subprocess.run(script, cwd=place, capture_output=True, text=True, check=False)

    assert done.returncode == 7, done.stderr
    assert "2 workers" in done.stderr
    assert parts_of(place / "nodes") == undisturbed


def in_network(name: str) -> list[str]:
    return ["ip", "netns", "exec", name]


@pytest.fixture
def networks():
    """Two network namespaces with a cable between them: two machines, as far as Ray can tell."""
    names = [f"digitcli-{os.getpid()}-{letter}" for letter in "ab"]
    cables = [f"dg{os.getpid() % 10**8}{letter}" for letter in "ab"]
    if (found := shutil.which("ip")) is None:
        pytest.skip("needs the command ip (iproute2)")
    ip = [found]
    if os.geteuid() or subprocess.run([*ip, "netns", "add", names[0]], check=False).returncode:
        pytest.skip("needs root and a system that lets it make network namespaces")
    subprocess.run([*ip, "netns", "add", names[1]], check=True)
    link = [*ip, "link", "add", cables[0], "type", "veth", "peer", "name", cables[1]]
    subprocess.run(link, check=True)
    for number, (name, cable) in enumerate(zip(names, cables, strict=True), 1):
        inside = [*ip, "-n", name]
        subprocess.run([*ip, "link", "set", cable, "netns", name], check=True)
        address = ["address", "add", f"10.213.7.{number}/24", "dev", cable]
        subprocess.run([*inside, *address], check=True)
        for device in (cable, "lo"):
            subprocess.run([*inside, "link", "set", device, "up"], check=True)
    yield names
    for name in names:
        subprocess.run([*ip, "netns", "del", name], check=True)  # takes its end of the cable along


def test_two_nodes_with_networks_of_their_own_give_the_same_bytes(place, undisturbed, networks):
    ray = [str(Path(sys.executable).with_name("ray")), "start", "--num-cpus", "1", "--block"]
    common = ["--disable-usage-stats", "--object-store-memory", str(100 * 2**20)]
    first, second = networks
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}  # Ray asks for one
    options = {"cwd": place, "env": os.environ | token}
    nodes = []
    try:
        for name, number, role in (
            (first, 1, ["--head", "--port", "6379", "--include-dashboard", "false"]),
            (second, 2, ["--address", "10.213.7.1:6379"]),
        ):
            where = ["--node-ip-address", f"10.213.7.{number}"]
            start = [*in_network(name), *ray, *role, *where, *common]
            nodes.append(subprocess.Popen(start, stdout=subprocess.DEVNULL, **options))
            time.sleep(15)  # until it listens: `ray start --block` does not say when
        asked = command("apart", "--address", "10.213.7.1:6379")
        done = subprocess.run(
            [*in_network(first), *asked], capture_output=True, text=True, check=False, **options
        )
    finally:
        for node in nodes:
            node.terminate()
            node.wait(60)

    assert done.returncode == 7, done.stderr
    assert "2 workers" in done.stderr
    assert parts_of(place / "apart") == undisturbed


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9", "auto"])
def test_a_cluster_that_is_not_there_is_named_at_once(place, address):
    arguments = command("none", "--address", address)
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}

    done = subprocess.run(
        arguments,
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 5, done.stderr
    assert f"--address {address}: no Ray cluster answers" in done.stderr
