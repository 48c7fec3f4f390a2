"""Hostile clients of every kind, as a process of its own.

    python attackers.py PORT SECONDS FOLDER INPUTS MODEL PACE

Sends PACE attacks a second on average, each on a connection of its own; beside them 100 connections
send a byte a second, and 2 upload bodies without end. Prints "ready" once all are there, and at the
end a JSON document: attacks by kind, answers by status, and answers that the server's OpenAPI
document does not have (the first ones whole). FOLDER takes the large files, INPUTS has others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from serving.attacks import Attack, Attacks
from serving.declared import Declared, Given
from serving.slow_clients import drip, upload

DRIPS, UPLOADS = 100, 2
_PATIENCE = 60  # seconds for an answer
_MOST = 200  # attacks on their way: past that the server is late, and no more are sent
_KEPT = 20  # faults that are kept whole
_LINGER = 0.3  # seconds for an answer to bytes that may be no request


class Attackers:
    """All hostile clients of one server, and what came of them."""

    def __init__(self, port: int, declared: Declared) -> None:
        self.port, self.declared = port, declared
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.examples: list[dict[str, str]] = []
        self.slow: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, attacks: Attacks, pace: float, seconds: float) -> None:
        """Attack for some seconds."""
        for _ in range(DRIPS):
            self._start(drip(self.port, self.slow))
        for n in range(UPLOADS):
            self._start(upload(self.port, self.slow, in_chunks=n % 2 == 1))
        print("ready", flush=True)
        end = time.perf_counter() + seconds
        for attack in attacks:
            if time.perf_counter() > end:
                break
            if len(self._tasks) < _MOST + DRIPS + UPLOADS:
                self._start(self._attack(attack))
            await asyncio.sleep(random.expovariate(pace))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        async def until_refused() -> None:
            with contextlib.suppress(ConnectionRefusedError):  # the server has stopped
                await work

        task = asyncio.ensure_future(until_refused())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attack(self, attack: Attack) -> None:
        self.kinds[attack.kind] += 1
        try:
            answers = await asyncio.wait_for(self._answers(attack), _PATIENCE)
        except asyncio.TimeoutError:
            self._fault(attack, Given(0, "", b""), "no answer in time")
            return
        except ConnectionRefusedError:
            raise
        except OSError:
            self.statuses["reset"] += 1
            return
        for given in answers:
            self.statuses[str(given.status)] += 1
            if fault := self.declared.fault(attack.target, given):
                self._fault(attack, given, fault)

    async def _answers(self, attack: Attack) -> list[Given]:
        """Send it, and return what came."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(attack.request[: attack.sent])
            await writer.drain()
            if attack.sent is not None or attack.cut:
                await asyncio.sleep(random.random() * 0.05)
                writer.transport.abort()
                return []
            if attack.target:
                return [await answer_from(reader)]
            found = []
            with contextlib.suppress(asyncio.TimeoutError, asyncio.IncompleteReadError):
                while True:
                    found.append(await asyncio.wait_for(answer_from(reader), _LINGER))
            return found
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return [Given(0, "", b"")]
        finally:
            writer.close()

    def _fault(self, attack: Attack, given: Given, fault: str) -> None:
        self.faults[f"{attack.kind}: {fault}"] += 1
        if len(self.examples) < _KEPT:
            self.examples.append(
                {
                    "fault": fault,
                    "target": attack.target[:200],
                    "request": attack.request[:4_000].decode("latin-1"),
                    "answer": f"{given.status} {given.kind} {given.body[:1_000]!r}",
                }
            )


async def answer_from(reader: asyncio.StreamReader) -> Given:
    """The next answer. Raises IncompleteReadError where the connection ends before."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Given(int(lines[0].split()[1]), headers.get("content-type", ""), body)


async def main(
    port: int, seconds: float, folder: Path, inputs: Path, model: str, pace: float
) -> None:
    """Attack and print what came of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
    declared = Declared(json.loads((await answer_from(reader)).body))
    writer.close()
    attackers = Attackers(port, declared)
    await attackers.run(Attacks(folder, inputs, model, seed=7), pace, seconds)
    document = {
        "attacks": attackers.kinds,
        "statuses": attackers.statuses,
        "faults": attackers.faults,
        "examples": attackers.examples,
        "slow": attackers.slow,
    }
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(
        main(
            int(arguments[0]),
            float(arguments[1]),
            Path(arguments[2]),
            Path(arguments[3]),
            arguments[4],
            float(arguments[5]),
        )
    )
