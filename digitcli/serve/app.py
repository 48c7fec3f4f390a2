"""The application: routes, and what every request goes through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from anyio import fail_after
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import DigitError
from ..inference.engine import Engine, usable_threads
from ..report.draw import drawing_page
from ..version import __version__
from ..vision.processes import WorkProcess
from .batches import Batches
from .body import Bodies
from .corrections import Corrections
from .gate import Gate
from .inference.endpoints import InferenceEndpoints
from .inference.tensors import Model
from .metrics import CONTENT_TYPE, Metrics
from .models import engines_by_name, split_by_task
from .openapi import openapi
from .options import ServeOptions
from .origin import Origins
from .parameters import flag, label_of, strict
from .queue import Queue
from .reading.forms import pictures_of
from .reading.readings import Readings
from .reading.work import Answered, Asked, answers, document, in_process, reader_of
from .refusal import RefusedError, busy, on_error, on_http_error, too_long

Result = TypeVar("Result")


class Server:
    """The networks, counters and limits of one server; `app` is what an ASGI server runs.

    Raises ModelError for weights that are none, UsageError for two models of one name, and what
    `Corrections` raises.
    """

    def __init__(self, options: ServeOptions) -> None:
        self.options = options
        self.metrics = Metrics()
        self.origins = Origins(options.host, options.hosts, options.token)
        self.bodies = Bodies(options.max_body, options.bodies)
        workers = usable_threads(options.threads)
        self.executor = ThreadPoolExecutor(workers, "digitcli")
        self.working = 0
        self.is_ready = True
        digits, others = split_by_task(options.weights)
        first, most = [digits[0], *others], options.max_body
        self.reader = reader_of(first, most)
        self.readings = Readings(
            partial(answers, self.reader),
            lambda: WorkProcess(partial(in_process, first, most)),
            workers if workers > 1 else 0,
        )
        self.models = {
            name: Model(name, self._batches(engine))
            for name, engine in engines_by_name(digits).items()
        }
        self.corrections = None if options.corrections is None else Corrections(options.corrections)
        self.queue: Queue | None = None
        if options.review is not None:
            self.queue = Queue(options.review, self._kept())
        routes = self._routes()
        often = {("POST", route.path): route.endpoint for route in routes if route.path == "/read"}
        self.app = Gate(self._starlette(routes), self.origins, self.metrics, often)

    def _batches(self, engine: Engine) -> Batches:
        return Batches(
            engine,
            self.executor,
            self.options.batch_wait,
            lambda: self.working > 1,
            self.metrics.batches.observe,
        )

    def _routes(self) -> list[Route]:
        routes = [
            Route("/", self.get_page),
            Route("/settings", self.get_settings),
            Route("/openapi.json", self.get_openapi),
            Route("/metrics", self.get_metrics),
            Route("/read", self.read, methods=["POST"]),
            Route("/corrections", self.keep, methods=["POST"]),
            Route("/corrections/{file}", self.take_back, methods=["DELETE"]),
            Route("/queue", self.get_queue),
            Route("/queue/{item:int}", self.one_item, methods=["GET", "POST", "DELETE"]),
            *InferenceEndpoints(self.models, self._worked_in_time, lambda: self.is_ready).routes(),
        ]
        paths = openapi(list(self.models), self.options)["paths"]
        return [strict(route, paths) for route in routes]

    def _starlette(self, routes: list[Route]) -> Starlette:
        """The application behind the gate."""
        handlers: Any = {HTTPException: on_http_error}
        handlers |= dict.fromkeys((RefusedError, DigitError, Exception), on_error)
        found = Starlette(routes=routes, exception_handlers=handlers, lifespan=self._lifespan)
        found.router.redirect_slashes = False
        return found

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        self.is_ready = False
        self.executor.shutdown(wait=True)
        self.readings.close()
        if self.corrections is not None:
            self.corrections.close()

    async def get_page(self, request: Request) -> Response:
        """The drawing page."""
        page, policy = drawing_page()
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        return Response(page, media_type="text/html", headers=headers)

    async def get_settings(self, request: Request) -> Response:
        """What the page must know."""
        kept = None if self.corrections is None else len(self.corrections)
        found = {"version": __version__, "corrections": kept is not None, "count": kept or 0}
        return JSONResponse({**found, "review": self.queue is not None})

    async def get_openapi(self, request: Request) -> Response:
        """This description."""
        return JSONResponse(openapi(list(self.models), self.options))

    async def get_metrics(self, request: Request) -> Response:
        """Counters for Prometheus."""
        return Response(self.metrics.page(), headers={"Content-Type": CONTENT_TYPE})

    async def read(self, request: Request) -> Response:
        """Read one picture, or several of a form."""
        seen = flag(request, "seen")

        def work(body: bytes) -> Awaitable[list[Answered]]:
            pictures = pictures_of(body, request.headers.get("content-type", ""))
            asked = [Asked(picture.name, picture.data, seen) for picture in pictures]
            return self.readings.of(asked, self.options.seconds)

        answered = await self._worked(request, work)
        for one in answered:
            self.metrics.answered(one.answer)
        return Response(document(answered), media_type="application/json")

    async def keep(self, request: Request) -> Response:
        """Keep a picture with what it really says."""
        kept, label = self._kept(), label_of(request)

        async def work(body: bytes) -> dict[str, Any]:
            picture, *more = pictures_of(body, request.headers.get("content-type", ""))
            if more:
                raise RefusedError(400, "one picture at a time is corrected")
            await self._timed(self._on_thread(lambda: self.reader.read(picture)))
            return await self._on_thread(lambda: kept.keep(picture.data, label))

        return JSONResponse(await self._worked(request, work), 201)

    async def take_back(self, request: Request) -> Response:
        """Forget a correction."""
        kept, name = self._kept(), request.path_params["file"]
        return JSONResponse(await self._on_thread(lambda: kept.take_back(name)))

    async def get_queue(self, request: Request) -> Response:
        """The numbers to look at."""
        return JSONResponse(self._queue().to_dict())

    async def one_item(self, request: Request) -> Response:
        """One of them; a single route, so that a refused method is told all that there are."""
        work = {"POST": self.correct_item, "DELETE": self.forget_item}
        return await work.get(request.method, self.show_item)(request)

    async def show_item(self, request: Request) -> Response:
        """One of them, with its picture."""
        queue, item = self._queue(), request.path_params["item"]
        return JSONResponse(await self._on_thread(lambda: queue.shown(item)))

    async def correct_item(self, request: Request) -> Response:
        """Keep what it really says; `was` is the label that the client knows of."""
        queue, item = self._queue(), request.path_params["item"]
        label, was = label_of(request), request.query_params.get("was")
        return JSONResponse(await self._on_thread(lambda: queue.correct(item, label, was)), 201)

    async def forget_item(self, request: Request) -> Response:
        """Forget what was kept of it."""
        queue, item = self._queue(), request.path_params["item"]
        was = request.query_params.get("was")
        return JSONResponse(await self._on_thread(lambda: queue.take_back(item, was)))

    def _kept(self) -> Corrections:
        if self.corrections is None:
            raise RefusedError(
                404, "this server keeps no corrections", "`digitcli serve --corrections FOLDER`"
            )
        return self.corrections

    def _queue(self) -> Queue:
        if self.queue is None:
            raise RefusedError(404, "there is nothing to review", "`digitcli review LIST`")
        return self.queue

    async def _worked(self, request: Request, work: Callable[[bytes], Awaitable[Result]]) -> Result:
        """What `work` makes of a request's body. Raises RefusedError past a limit."""
        body = await self.bodies.receive(request)
        self.working += 1
        self.metrics.running.set(self.working)
        try:
            if self.working > self.options.concurrency:
                raise busy("too many requests are in work")
            return await work(body)
        finally:
            self.working -= 1
            self.metrics.running.set(self.working)
            self.bodies.release(body)

    async def _worked_in_time(
        self, request: Request, work: Callable[[bytes], Awaitable[Result]]
    ) -> Result:
        """What `work` makes of a request's body in time."""
        return await self._worked(request, lambda body: self._timed(work(body)))

    async def _timed(self, work: Awaitable[Result]) -> Result:
        """The result of work that takes at most the options' seconds; 503 past them."""
        try:
            with fail_after(self.options.seconds):
                return await work
        except TimeoutError as error:
            raise too_long() from error

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)
