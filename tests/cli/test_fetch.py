"""`digitcli fetch` as a process: streams, exit codes, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from data.mirrors import serving

from digitcli.data.catalog import CATALOG

NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]
NO_PROXY = {"NO_PROXY": "127.0.0.1"}


@pytest.fixture
def mnist_copy(mnist_dir, tmp_path) -> Path:
    """A data folder of one's own with a right MNIST in it."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name in NAMES:
        shutil.copyfile(mnist_dir / name, folder / name)
    return folder


def test_fetch_from_a_folder_copies_mnist_and_lists_it(run_cli, mnist_dir, tmp_path):
    done = run_cli("fetch", "--from", mnist_dir)

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "data" / "mnist"
    for name in NAMES:
        assert (folder / name).read_bytes() == (mnist_dir / name).read_bytes()
    assert done.stdout.count("copied") == 4
    assert done.stdout.endswith(f"mnist is in {folder}\n")


def test_fetch_json_is_one_document_with_every_file(run_cli, mnist_copy):
    done = run_cli("fetch", "mnist", "--json")

    document = json.loads(done.stdout)
    assert document["schema"] == "digitcli.fetch/1"
    assert document["folder"] == str(mnist_copy)
    assert [Path(found["path"]).name for found in document["files"]] == NAMES
    assert {found["status"] for found in document["files"]} == {"present"}
    assert done.stderr == ""


def test_fetch_offline_is_content_with_what_is_there(run_cli, mnist_copy):
    assert run_cli("fetch", "mnist", "--offline").returncode == 0


@pytest.mark.parametrize("option", ["--offline", "--verify"])
def test_fetch_names_missing_files_without_a_network(run_cli, tmp_path, option):
    done = run_cli("fetch", "mnist", option)

    assert done.returncode == 5
    assert "4 of 4 files of mnist are missing or wrong" in done.stderr
    assert all(f"{name}: missing" in done.stderr for name in NAMES)
    assert "digitcli fetch mnist" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_fetch_verify_finds_one_flipped_bit_and_leaves_it(run_cli, mnist_copy):
    path = mnist_copy / NAMES[2]
    spoilt = bytearray(path.read_bytes())
    spoilt[1000] ^= 1
    path.write_bytes(spoilt)

    done = run_cli("fetch", "--verify", "--json")

    error = json.loads(done.stdout)
    assert done.returncode == error["exit_code"] == 5
    assert [line.split(" (")[0] for line in error["details"]] == [f"{NAMES[2]}: wrong bytes"]
    assert path.read_bytes() == spoilt


def test_fetch_dir_overrides_the_data_folder(run_cli, mnist_dir, tmp_path):
    done = run_cli("fetch", "--from", mnist_dir, "--dir", tmp_path / "mine")

    assert done.returncode == 0
    assert (tmp_path / "mine" / "mnist" / NAMES[0]).is_file()
    assert not (tmp_path / "data").exists()


def test_fetch_from_a_bad_mirror_says_what_it_answered_and_where_to_put_files(run_cli, tmp_path):
    with serving() as server:
        url = server.url("unknown")
        done = run_cli("fetch", "--from", url, env=NO_PROXY)

    assert done.returncode == 5
    assert f"{NAMES[0]}: could not be downloaded" in done.stderr
    assert f"{url}{NAMES[0]}: HTTP 404 (not found)" in done.stderr
    assert f"put the file into {tmp_path / 'data' / 'mnist'} by hand" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "data" / "mnist").iterdir()] == [".lock"]


def test_fetch_synthetic_draws_it_without_a_network(run_cli, tmp_path):
    done = run_cli("fetch", "synthetic", "--offline")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("drawn") == 4
    assert run_cli("fetch", "synthetic", "--verify").returncode == 0


def test_fetch_list_shows_every_set_with_its_terms(run_cli):
    done = run_cli("fetch", "--list")

    assert done.returncode == 0
    for dataset in CATALOG:
        assert dataset.title in done.stdout
        assert dataset.licence in done.stdout
        assert dataset.citation in done.stdout


def test_fetch_list_json_holds_the_whole_catalogue(run_cli):
    document = json.loads(run_cli("fetch", "--list", "--json").stdout)

    assert document["schema"] == "digitcli.catalog/1"
    assert [entry["name"] for entry in document["datasets"]] == [one.name for one in CATALOG]
    assert document["datasets"][0]["files"][0]["forms"][0]["bytes"] == 9_912_422


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["letters"], "unknown data set 'letters' (choose from: mnist, qmnist,"),
        (["--from", "nowhere"], "nowhere: no such folder"),
        (["--from", "file:///etc"], "cannot fetch by file, expected http or https"),
        (["--verify", "--force"], "--verify only looks"),
        (["synthetic", "--from", "."], "is drawn by digitcli"),
    ],
)
def test_fetch_refuses_wrong_use(run_cli, tmp_path, arguments, said):
    done = run_cli("fetch", *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_fetch_into_a_folder_with_an_odd_name_shows_it_whole(run_cli, mnist_dir, tmp_path):
    done = run_cli("fetch", "--from", mnist_dir, "--dir", tmp_path / "a[red]b\x1b[0m")

    assert done.returncode == 0
    assert r"a[red]b\x1b[0m" in done.stdout


@pytest.mark.parametrize("url", ["http://[::1", "https://", "http:///mnist"])
def test_what_is_no_url_is_wrong_usage(run_cli, url):
    done = run_cli("fetch", "mnist", "--from", url)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{url}: not a URL" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a single child process")
def test_fetch_twice_at_once_refuses_the_second_and_ctrl_c_ends_the_first(run_cli, tmp_path):
    part = tmp_path / "data" / "mnist" / f"{NAMES[0]}.part"
    with serving() as server:
        arguments = ["fetch", "--from", server.url("slow")]
        environment = os.environ | NO_PROXY | {"DIGITCLI_DATA": str(tmp_path / "data")}
        command = [sys.executable, "-m", "digitcli", *arguments]
        with subprocess.Popen(
            command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        ) as first:
            deadline = time.monotonic() + 60
            while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
                time.sleep(0.05)

            second = run_cli(*arguments, env=NO_PROXY)
            first.send_signal(signal.SIGINT)
            _, said = first.communicate(timeout=10)

    assert second.returncode == 6
    assert "another process is fetching mnist into this folder" in second.stderr
    assert first.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "interrupted"
    assert sorted(path.name for path in part.parent.iterdir()) == [".lock", part.name]
