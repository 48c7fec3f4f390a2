"""What is counted, in Prometheus's text form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """Counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "digitcli_requests",
            "Requests by route and HTTP status.",
            ["route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "digitcli_request_seconds",
            "Seconds from a request's headers to its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.pictures = Counter(
            "digitcli_pictures", "Pictures by answer.", ["answer"], registry=self.registry
        )
        self.batches = Histogram(
            "digitcli_batch_pictures",
            "Pictures in one call of a network.",
            buckets=_PICTURES,
            registry=self.registry,
        )
        self.running = Gauge(
            "digitcli_requests_in_work", "Requests in work or waiting.", registry=self.registry
        )

        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._answered: dict[str, Counter] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered. Looking labels up takes longer than counting."""
        key = route, status
        if (found := self._counted.get(key)) is None:
            counter = self.requests.labels(route, str(status))
            found = self._counted[key] = counter, self.seconds.labels(route)
        found[0].inc()
        found[1].observe(seconds)

    def answered(self, answer: str) -> None:
        """A picture got this kind of answer."""
        if (found := self._answered.get(answer)) is None:
            found = self._answered[answer] = self.pictures.labels(answer)
        found.inc()

    def page(self) -> bytes:
        """All of them."""
        return generate_latest(self.registry)
