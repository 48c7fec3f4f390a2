"""`digitcli serve`."""

from __future__ import annotations

import logging
import os
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from ...errors import MachineError, UsageError
from .. import console
from ..common.verbosity import is_verbose
from ..options import PortOption, ThreadsOption

_NEEDED = ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart")
_MIB = 1 << 20


def serve(
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights",
            "-w",
            help="Networks; several times: each that reads digits is a model of its own.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: PortOption = 8000,
    threads: ThreadsOption = 0,
    token: Annotated[
        str | None,
        typer.Option(help="What requests must know to be answered; default: DIGITCLI_TOKEN."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name of this server beside localhost."),
    ] = None,
    max_body: Annotated[
        float, typer.Option(min=0.01, max=1024, metavar="MIB", help="Largest body of a request.")
    ] = 20.0,
    concurrency: Annotated[
        int, typer.Option(min=1, max=100_000, help="Requests in work; more get 503.")
    ] = 128,
    batch_wait: Annotated[
        float,
        typer.Option(min=0, max=1000, metavar="MS", help="How long a batch waits for pictures."),
    ] = 1.0,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=3600, metavar="SECONDS", help="For the work of a request.")
    ] = 30.0,
    corrections: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep corrected pictures here, with a labels.csv."),
    ] = None,
    logs: Annotated[
        Literal["lines", "json"], typer.Option("--log", help="Form of logs.")
    ] = "lines",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log errors only.")] = False,
) -> None:
    """Answer over HTTP: read pictures, and classify tensors as other model servers do.

    POST /read takes a picture, or several of a form. /v1/models/NAME:predict is TensorFlow
    Serving's protocol, /v2 the Open Inference Protocol; /metrics is for Prometheus, /openapi.json
    describes all of it. Only this machine is answered unless --host and --allow-host say more.

    Examples:
        digitcli serve
        digitcli serve -w reader -w mine.npz --port 8080
    """
    token = os.environ.get("DIGITCLI_TOKEN") if token is None else token
    if token is not None and not (
        token and token.isascii() and token.isprintable() and " " not in token
    ):
        raise UsageError(
            "--token and DIGITCLI_TOKEN must be visible ASCII characters, at least one",
            "leave both away for a server that anybody on this machine may ask",
        )
    listen(
        as_json=logs == "json",
        quiet=quiet,
        weights=tuple(weights or ()),
        host=host,
        port=port,
        threads=threads,
        token=token,
        hosts=tuple(allow_host or ()),
        max_body=int(max_body * _MIB),
        concurrency=concurrency,
        batch_wait=batch_wait / 1000,
        seconds=timeout,
        corrections=corrections,
    )


def listen(
    *, as_json: bool = False, quiet: bool = False, opens: bool = False, **options: Any
) -> None:
    """Serve with these `ServeOptions` until told to stop; `opens` shows the page in a browser.

    Raises MachineError without the extra, and what `serve.run.serve` raises.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise MachineError(
            f"serving needs the package {missing[0].replace('_', '-')}",
            hint='pip install "digitcli[serve]"',
        )
    from ...serve.logs import log_to
    from ...serve.options import ServeOptions
    from ...serve.run import serve as run

    usual = logging.DEBUG if is_verbose() else logging.INFO
    level = logging.ERROR if quiet else usual
    log_to(console.err().file, as_json=as_json, level=level)
    wanted = ServeOptions(**options)

    def started(address: str) -> None:
        if wanted.host in ("0.0.0.0", "::") and not wanted.hosts:
            console.err().print(
                "note: other machines reach this one, but only the name localhost is answered; "
                "--allow-host NAME adds one",
                markup=False,
                soft_wrap=True,
            )
        if wanted.token is not None:
            address += f"#token={quote(wanted.token, safe='')}"
        text = f"listening on {address}"
        console.out().print(text, markup=False, soft_wrap=True, highlight=False)
        console.out().file.flush()
        if opens:
            webbrowser.open(address)

    run(wanted, started)
