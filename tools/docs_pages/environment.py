"""All variables of the environment that digitcli reads or that change what it does."""

from __future__ import annotations

from .markdown import table

# A variable that the code reads and that is missing here fails a test.
OURS = {
    "DIGITCLI_COMMAND_OPTION": "the default of an option, such as `DIGITCLI_PREDICT_TOP` "
    "([Your own defaults](../guides/defaults.md))",
    "DIGITCLI_CONFIG": "the `digitcli.toml` to read in place of the usual ones; `none`: no file",
    "DIGITCLI_DATA": "folder of data sets; default: the user's own data folder",
    "DIGITCLI_TOKEN": "what requests to `digitcli serve` must know, as `--token`",
    "DIGITCLI_ISA": "instruction set of the engine: one of those that `digitcli info` lists; "
    "default: the best",
    "DIGITCLI_WORKER_SECONDS": "how long the workers of `train` wait for each other at the start, "
    "seconds; default 60",
}
TRAINING = {
    "TF_CONFIG": "the workers of a cluster ([Several machines]"
    "(../guides/several-machines.md#several-machines))",
    "KERAS_BACKEND": "`tensorflow` (default) or `jax`: what `train` and `adapt` compute with",
    "CUDA_VISIBLE_DEVICES": "which GPUs TensorFlow sees; `-1`: none",
    "TF_CPP_MIN_LOG_LEVEL": "how much TensorFlow says; where it is not set, digitcli sets 3 "
    "(errors only)",
    "OPENBLAS_NUM_THREADS": "threads of NumPy's linear algebra; 1 unless it is set",
    "TF_NUM_INTRAOP_THREADS": "threads of TensorFlow, which `--threads` does not set",
}
TERMINAL = {
    "NO_COLOR": "any value: no colours",
    "FORCE_COLOR": "any value: styles even where output is no terminal",
    "TTY_COMPATIBLE": "`1`: output takes styles; `0`: it does not",
    "TERM": "`dumb`: no styles",
    "COLUMNS": "width of tables, 1 to 9999; other values are ignored",
    "LINES": "height of the terminal, likewise",
    "TERMINAL_WIDTH": "width of help pages, likewise",
    "JUPYTER_COLUMNS": "width in a notebook, likewise",
    "JUPYTER_LINES": "height in a notebook, likewise",
}
OTHERS = {
    "HTTPS_PROXY": "proxy of `fetch`, as for other programs; also `HTTP_PROXY`, `NO_PROXY`",
    "XDG_DATA_HOME": "where data folders are, if `DIGITCLI_DATA` is not set (Linux)",
    "XDG_CONFIG_HOME": "where the user's `digitcli/digitcli.toml` is; default `~/.config`",
    "APPDATA": "the same on Windows",
    "ORT_DISABLE_TELEMETRY": "digitcli sets 1 where it starts ONNX Runtime",
    "MPLBACKEND": "ignored: digitcli opens no window",
    "_DIGITCLI_COMPLETE": "set by a shell that completes a command line",
    "COMP_WORDS": "the words of that line, set by Bash",
    "COMP_CWORD": "which of them is completed, set by Bash",
}
TESTS = {
    "DIGITCLI_TEST_DATA": "folder with `mnist/` and `real/` for the tests and `make real`; default "
    "`../shared/data`",
}
GROUPS = {
    "digitcli": OURS,
    "Training": TRAINING,
    "Terminal": TERMINAL,
    "Others": OTHERS,
    "Development": TESTS,
}


def page() -> str:
    """One table a group."""
    parts = ["# Environment variables\n\nNone has to be set.\n"]
    for title, group in GROUPS.items():
        rows = [[f"`{name}`", text] for name, text in group.items()]
        parts.append(f"## {title}\n\n" + table(("variable", "meaning"), rows))
    return "\n".join(parts)
