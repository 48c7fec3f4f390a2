"""Files whose download was interrupted, and files that are there already."""

from __future__ import annotations

import subprocess
import sys

import pytest
from data.downloads import FIRST, contents, get
from data.mirrors import CONTENT, dataset

from digitcli.data.download import verify
from digitcli.errors import MachineError, NetworkError
from digitcli.files import folder_lock


def test_an_interrupted_file_goes_on_where_it_stopped(server, folder):
    folder.mkdir()
    (folder / f"{FIRST}.part").write_bytes(CONTENT[FIRST][:30_000])

    get(server, folder, "good")

    assert contents(folder) == CONTENT
    assert server.requests[0] == ("good", FIRST, "bytes=30000-")


def test_another_mirror_goes_on_where_a_short_body_ended(server, folder):
    get(server, folder, "short", "good")

    assert server.requests[1] == ("good", FIRST, "bytes=1000-")


def test_a_server_that_ignores_range_starts_the_file_over(server, folder):
    folder.mkdir()
    (folder / f"{FIRST}.part").write_bytes(CONTENT[FIRST][:30_000])

    get(server, folder, "rangeless")

    assert contents(folder) == CONTENT


def test_a_server_that_answers_another_range_is_refused(server, folder):
    folder.mkdir()
    (folder / f"{FIRST}.part").write_bytes(CONTENT[FIRST][:30_000])

    with pytest.raises(NetworkError) as caught:
        get(server, folder, "shifted")

    assert "wrong range (bytes 5-69999/70000)" in caught.value.details[0]


@pytest.mark.parametrize("size", [10, 69_999, 70_000, 70_001])
def test_a_spoilt_part_is_thrown_away_and_fetched_from_zero(server, folder, size):
    folder.mkdir()
    (folder / f"{FIRST}.part").write_bytes(bytes(size))

    get(server, folder, "good")

    assert contents(folder) == CONTENT


def test_a_complete_part_needs_no_network(server, folder):
    folder.mkdir()
    (folder / f"{FIRST}.part").write_bytes(CONTENT[FIRST])

    get(server, folder, "good")

    assert FIRST not in [request[1] for request in server.requests]


def test_right_files_need_no_network(server, folder):
    get(server, folder, "good")
    server.requests.clear()

    fetched = get(server, folder, "good")

    assert server.requests == []
    assert {found.status for found in fetched.files} == {"present"}


def test_a_wrong_file_alone_is_replaced(server, folder):
    get(server, folder, "good")
    (folder / FIRST).write_bytes(CONTENT[FIRST][::-1])
    server.requests.clear()

    get(server, folder, "good")

    assert contents(folder) == CONTENT
    assert [request[1] for request in server.requests] == [FIRST]


def test_force_fetches_what_is_there(server, folder):
    get(server, folder, "good")
    server.requests.clear()

    get(server, folder, "good", force=True)

    assert len(server.requests) == 4


def test_offline_opens_no_connection_and_names_what_is_missing(server, folder):
    get(server, folder, "good")
    (folder / FIRST).unlink()
    (folder / "test-labels.bin").write_bytes(b"x")
    server.requests.clear()

    with pytest.raises(NetworkError) as caught:
        get(server, folder, "good", offline=True)

    assert server.requests == []
    assert caught.value.details == (
        f"{FIRST}: missing",
        "test-labels.bin: 1 bytes, expected 70,000",
    )


def test_verify_accepts_right_files_and_names_a_flipped_bit(server, folder):
    get(server, folder, "good")
    assert len(verify(dataset(), folder).files) == 4
    spoilt = bytearray(CONTENT[FIRST])
    spoilt[40_000] ^= 1
    (folder / FIRST).write_bytes(spoilt)

    with pytest.raises(NetworkError) as caught:
        verify(dataset(), folder)

    assert len(caught.value.details) == 1
    assert f"{FIRST}: wrong bytes" in caught.value.details[0]


def test_a_second_process_is_refused_while_one_is_fetching(server, folder):
    program = "import sys; from pathlib import Path; from digitcli.files import folder_lock\n" + (
        "with folder_lock(Path(sys.argv[1]), Exception()): print(flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program, folder], **pipes) as holder:
        assert holder.stdout.readline()

        with pytest.raises(MachineError, match="another process is fetching toy"):
            get(server, folder, "good")
        holder.stdin.close()

    assert server.requests == []
    get(server, folder, "good")  # the lock ends with its holder
    assert contents(folder) == CONTENT


def test_right_files_can_be_used_while_somebody_holds_the_lock(server, folder):
    get(server, folder, "good")

    with folder_lock(folder, AssertionError()):
        fetched = get(server, folder, "good")

    assert all(found.usable for found in fetched.files)
