"""Every error says what, what next, and which exit code."""

from __future__ import annotations

import pytest

from digitcli import errors
from digitcli.errors import DigitError, ExitCode, reason_of

CHILDREN = {
    errors.UsageError: 2,
    errors.DataError: 3,
    errors.ModelError: 4,
    errors.NetworkError: 5,
    errors.MachineError: 6,
    errors.PartialError: 7,
    errors.GateError: 8,
}


def test_every_kind_of_error_is_listed_here():
    here = {kind for kind in DigitError.__subclasses__() if kind.__module__ == errors.__name__}

    assert here == set(CHILDREN)


@pytest.mark.parametrize(
    ("kind", "code"), CHILDREN.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_each_kind_of_error_has_its_exit_code(kind, code):
    error = kind("a.npz: expected 3, found 4", "run `digitcli fetch`")

    assert (str(error), error.hint) == ("a.npz: expected 3, found 4", "run `digitcli fetch`")
    assert error.exit_code == code


def test_exit_codes_are_those_of_the_contract():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "INTERNAL": 1,
        "USAGE": 2,
        "DATA": 3,
        "MODEL": 4,
        "NETWORK": 5,
        "ENVIRONMENT": 6,
        "PARTIAL": 7,
        "GATE": 8,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_a_signal_exits_as_a_shell_would_say():
    import signal

    assert ExitCode.INTERRUPTED == 128 + signal.SIGINT
    assert ExitCode.TERMINATED == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(2, "No such file or directory"), "no such file or directory"),
        (OSError(27, "larger than 1 MiB, the most that is read"), "larger than 1 MiB, the most "),
        (ValueError("Expected '=' after a key (at line 1)"), "expected '=' after a key (at line"),
        (ValueError("PNG is cut"), "PNG is cut"),
        (ValueError(""), "ValueError"),
        (OSError(), "OSError"),
    ],
)
def test_a_reason_begins_as_the_middle_of_a_sentence(error, said):
    assert reason_of(error).startswith(said)
