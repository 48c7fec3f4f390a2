"""What models answer over HTTP: both protocols' paths, and who answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..gate import Endpoint
from ..refusal import RefusedError
from . import open_inference, tensorflow_serving
from .tensors import Model

# What `work` makes of a request's body, within the server's limits.
Run: TypeAlias = Callable[[Request, Callable[[bytes], Awaitable[Any]]], Awaitable[Any]]


class InferenceEndpoints:
    """The models of a server by both protocols; `run` keeps to its limits."""

    def __init__(self, models: Mapping[str, Model], run: Run, is_ready: Callable[[], bool]) -> None:
        self._models, self._run, self._is_ready = models, run, is_ready

    def routes(self) -> list[Route]:
        """All paths that begin with /v1 or /v2."""
        return [
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

    async def predict(self, request: Request) -> Response:
        """TensorFlow Serving's predict."""
        model = self._model(request)
        work = partial(tensorflow_serving.predict, model)
        return JSONResponse(await self._run(request, work))

    async def status(self, request: Request) -> Response:
        """TensorFlow Serving's model status."""
        self._model(request)
        return JSONResponse(tensorflow_serving.status())

    async def v1_metadata(self, request: Request) -> Response:
        """TensorFlow Serving's model metadata."""
        return JSONResponse(tensorflow_serving.metadata(self._model(request)))

    async def get_server(self, request: Request) -> Response:
        """The protocol's server metadata."""
        return JSONResponse(open_inference.server(list(self._models)))

    async def live(self, request: Request) -> Response:
        """Whether the server answers."""
        return JSONResponse({"live": True})

    async def ready(self, request: Request) -> Response:
        """Whether it takes requests."""
        ready = self._is_ready()
        return JSONResponse({"ready": ready}, 200 if ready else 503)

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
        work = partial(open_inference.infer, model, header=header)
        answer: open_inference.Answer = await self._run(request, work)
        if answer.header is None:
            return Response(answer.body, media_type="application/json")
        headers = {open_inference.HEADER: str(answer.header)}
        return Response(answer.body, media_type="application/octet-stream", headers=headers)

    def _model(self, request: Request) -> Model:
        name, version = request.path_params["name"], request.path_params.get("version", "1")
        if name not in self._models:
            known = ", ".join(self._models)
            raise RefusedError(404, f"no model {name!r}; there are {known}")
        if version != "1":
            raise RefusedError(404, f"{name}: no version {version!r}; there is 1")
        return self._models[name]


def _versioned(model: str, what: str, endpoint: Endpoint, method: str = "GET") -> list[Route]:
    """Routes to what a model has or does, with and without its version."""
    paths = f"{model}{what}", f"{model}/versions/{{version}}{what}"
    return [Route(path, endpoint, methods=[method]) for path in paths]
