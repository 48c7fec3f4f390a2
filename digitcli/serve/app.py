"""The application: routes, and what every request goes through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from anyio import fail_after
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import DigitError
from ..inference.engine import Engine, usable_threads
from ..inference.networks import Networks
from ..report.draw import drawing_page
from ..version import __version__
from ..vision.files.decode import Limits
from ..vision.reader import Reader
from . import open_inference, tensorflow_serving
from .batches import Batches
from .body import Bodies
from .corrections import Corrections
from .gate import Gate
from .metrics import CONTENT_TYPE, Metrics
from .models import engines_by_name, split_by_task
from .openapi import openapi
from .options import ServeOptions
from .origin import Origins
from .parameters import flag, label_of, strict
from .queue import Queue
from .read import Readings, document, pictures_of
from .refusal import RefusedError, busy, on_error, on_http_error, refused
from .tensors import Model

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


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
        networks = Networks([digits[0], *others])
        limits = Limits(file_bytes=options.max_body)
        self.readings = Readings(Reader.of(networks, limits=limits), self.executor, workers)
        self.models = {
            name: Model(name, self._batches(engine))
            for name, engine in engines_by_name(digits).items()
        }
        self.corrections = None if options.corrections is None else Corrections(options.corrections)
        self.queue: Queue | None = None
        if options.review is not None:
            self.queue = Queue(options.review, self._kept())
        self.app = Gate(self._starlette(), self.origins, self.metrics)

    def _batches(self, engine: Engine) -> Batches:
        return Batches(
            engine,
            self.executor,
            self.options.batch_wait,
            lambda: self.working > 1,
            self.metrics.batches.observe,
        )

    def _starlette(self) -> Starlette:
        """The application behind the gate."""
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
            *_versioned("/v1/models/{name}", ":predict", self.predict, "POST"),
            *_versioned("/v1/models/{name}", "/metadata", self.v1_metadata),
            *_versioned("/v1/models/{name}", "", self.status),
            Route("/v2", self.get_server),
            Route("/v2/health/live", self.live),
            Route("/v2/health/ready", self.ready),
            *_versioned("/v2/models/{name}", "/infer", self.infer, "POST"),
            *_versioned("/v2/models/{name}", "/ready", self.model_ready),
            *_versioned("/v2/models/{name}", "", self.v2_metadata),
        ]
        handlers: Any = {HTTPException: on_http_error}
        handlers |= dict.fromkeys((RefusedError, DigitError, Exception), on_error)
        paths = openapi(list(self.models), self.options)["paths"]
        found = Starlette(
            routes=[strict(route, paths) for route in routes],
            exception_handlers=handlers,
            lifespan=self._lifespan,
        )
        found.router.redirect_slashes = False
        return found

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        self.is_ready = False
        self.executor.shutdown(wait=True)
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
        async with self._received(request) as body:
            pictures = pictures_of(body, request.headers.get("content-type", ""))
            readings = await self._timed(self.readings.of(pictures))
        for reading in readings:
            self.metrics.pictures.labels(reading.answer).inc()
        return JSONResponse(document(readings, seen=seen))

    async def keep(self, request: Request) -> Response:
        """Keep a picture with what it really says."""
        kept, label = self._kept(), label_of(request)
        async with self._received(request) as body:
            pictures = pictures_of(body, request.headers.get("content-type", ""))
            (reading, *more) = await self._timed(self.readings.of(pictures))
            if more:
                raise RefusedError(400, "one picture at a time is corrected")
            if reading.error is not None:
                raise refused(reading.error)
            picture = pictures[0].data
            answer = await self._on_disk(lambda: kept.keep(picture, label))
        return JSONResponse(answer, 201)

    async def take_back(self, request: Request) -> Response:
        """Forget a correction."""
        kept, name = self._kept(), request.path_params["file"]
        return JSONResponse(await self._on_disk(lambda: kept.take_back(name)))

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
        return JSONResponse(await self._on_disk(lambda: queue.shown(item)))

    async def correct_item(self, request: Request) -> Response:
        """Keep what it really says; `was` is the label that the client knows of."""
        queue, item = self._queue(), request.path_params["item"]
        label, was = label_of(request), request.query_params.get("was")
        return JSONResponse(await self._on_disk(lambda: queue.correct(item, label, was)), 201)

    async def forget_item(self, request: Request) -> Response:
        """Forget what was kept of it."""
        queue, item = self._queue(), request.path_params["item"]
        was = request.query_params.get("was")
        return JSONResponse(await self._on_disk(lambda: queue.take_back(item, was)))

    async def predict(self, request: Request) -> Response:
        """TensorFlow Serving's predict."""
        model = self._model(request)
        async with self._received(request) as body:
            return JSONResponse(await self._timed(tensorflow_serving.predict(model, body)))

    async def status(self, request: Request) -> Response:
        """TensorFlow Serving's model status."""
        self._model(request)
        return JSONResponse(tensorflow_serving.status())

    async def v1_metadata(self, request: Request) -> Response:
        """TensorFlow Serving's model metadata."""
        return JSONResponse(tensorflow_serving.metadata(self._model(request)))

    async def get_server(self, request: Request) -> Response:
        """The protocol's server metadata."""
        return JSONResponse(open_inference.server(list(self.models)))

    async def live(self, request: Request) -> Response:
        """Whether the server answers."""
        return JSONResponse({"live": True})

    async def ready(self, request: Request) -> Response:
        """Whether it takes requests."""
        return JSONResponse({"ready": self.is_ready}, 200 if self.is_ready else 503)

    async def model_ready(self, request: Request) -> Response:
        """Whether a model takes requests."""
        return JSONResponse({"name": self._model(request).name, "ready": True})

    async def v2_metadata(self, request: Request) -> Response:
        """The protocol's model metadata."""
        return JSONResponse(open_inference.metadata(self._model(request)))

    async def infer(self, request: Request) -> Response:
        """The protocol's inference."""
        model = self._model(request)
        header = request.headers.get(open_inference.HEADER)
        async with self._received(request) as body:
            answer = await self._timed(open_inference.infer(model, body, header))
        if answer.header is None:
            return Response(answer.body, media_type="application/json")
        headers = {open_inference.HEADER: str(answer.header)}
        return Response(answer.body, media_type="application/octet-stream", headers=headers)

    def _model(self, request: Request) -> Model:
        name, version = request.path_params["name"], request.path_params.get("version", "1")
        if name not in self.models:
            known = ", ".join(self.models)
            raise RefusedError(404, f"no model {name!r}; there are {known}")
        if version != "1":
            raise RefusedError(404, f"{name}: no version {version!r}; there is 1")
        return self.models[name]

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

    @contextlib.asynccontextmanager
    async def _received(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request that is in work from now on. Raises RefusedError past the limit."""
        async with self.bodies.of(request) as body:
            if self.working >= self.options.concurrency:
                raise busy("too many requests are in work")
            self.working += 1
            self.metrics.running.set(self.working)
            try:
                yield body
            finally:
                self.working -= 1
                self.metrics.running.set(self.working)

    async def _timed(self, work: Awaitable[Any]) -> Any:
        """The result of work that takes at most the options' seconds; 503 past them."""
        try:
            with fail_after(self.options.seconds):
                return await work
        except TimeoutError as error:
            raise RefusedError(
                503, "the work took too long", "send fewer or smaller pictures"
            ) from error

    async def _on_disk(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)


def _versioned(model: str, what: str, endpoint: Endpoint, method: str = "GET") -> list[Route]:
    """Routes to what a model has or does, with and without its version."""
    paths = f"{model}{what}", f"{model}/versions/{{version}}{what}"
    return [Route(path, endpoint, methods=[method]) for path in paths]
