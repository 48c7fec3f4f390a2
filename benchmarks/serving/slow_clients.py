"""Clients that keep a server busy with nothing, as a process of its own.

    python slow_clients.py PORT SECONDS

500 connections send a byte of a head each second; 10 clients upload 100 MB as fast as the server
takes them, half of them with a length and half in chunks. Whoever is thrown out comes again, after
an upload a second later: the time that they take is missing to the server. Prints "ready" once all
are there, and at the end a JSON document of what became of them.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from itertools import chain, repeat

DRIPS, UPLOADS = 500, 10
_SIZE = 100_000_000
_PART = bytes(65_536)
_PAUSE = 1.0  # seconds; what the server asks for with 503
_HEAD = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"


async def drip(port: int, counts: Counter[str]) -> None:
    """One byte a second, on one connection after the other."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            counts["drips"] += 1
            await asyncio.sleep(random.random())
            for byte in chain(_HEAD + b"X-Slow: ", repeat(ord("x"))):
                writer.write(bytes([byte]))
                await asyncio.sleep(1)
                if reader.at_eof() or writer.is_closing():
                    break
            writer.close()
        except ConnectionRefusedError:  # the server has stopped
            raise
        except OSError:
            counts["drips reset"] += 1


async def upload(port: int, counts: Counter[str], *, in_chunks: bool) -> None:
    """One large body after the other."""
    kind = "in chunks" if in_chunks else "with a length"
    length = b"Transfer-Encoding: chunked" if in_chunks else b"Content-Length: %d" % _SIZE
    part = b"%x\r\n%s\r\n" % (len(_PART), _PART) if in_chunks else _PART
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        counts[f"uploads {kind}"] += 1
        status = asyncio.ensure_future(reader.read(12))
        try:
            writer.write(_HEAD + length + b"\r\n\r\n")
            for _ in range(_SIZE // len(_PART)):
                writer.write(part)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
        done, _ = await asyncio.wait([status], timeout=5)
        known = bool(done) and status.exception() is None
        counts[f"{kind}: {status.result()[9:12].decode() if known else 'reset'}"] += 1
        status.cancel()
        await asyncio.sleep(_PAUSE)


async def main(port: int, seconds: float) -> None:
    """All of them for some seconds."""
    counts: Counter[str] = Counter()
    tasks = [asyncio.ensure_future(drip(port, counts)) for _ in range(DRIPS)]
    tasks += [
        asyncio.ensure_future(upload(port, counts, in_chunks=n % 2 == 1)) for n in range(UPLOADS)
    ]
    while counts["drips"] < DRIPS:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        if task.done():
            task.result()
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
