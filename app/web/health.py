"""For whoever runs Endcap: is the process alive, is it ready to serve, and how does the engine fare?"""

from collections.abc import Awaitable, Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.execution.plans import Plans


def routes(ready: Callable[[], Awaitable[str | None]], plans: Plans | None) -> list[BaseRoute]:
    """`/healthz` while the process runs; `/readyz` says 503 with the reason *ready* gives; `/metrics` has figures."""
    registry = CollectorRegistry()
    if plans is not None:
        registry.register(Engine(plans))

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def serving(_: Request) -> Response:
        reason = await ready()
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reason": reason}, 503, {"Retry-After": "5"})

    async def counted(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", serving), Route("/metrics", counted)]


class Engine(Collector):
    """What the execution of GraphQL counts, for Prometheus."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def collect(self) -> Iterator[Metric]:
        fallbacks = CounterMetricFamily(
            "endcap_graphql_fallbacks", "Root fields that had no plan and were left to graphql-core", labels=["reason"]
        )
        for reason in ("introspection", "operation"):
            fallbacks.add_metric([reason], self._plans.fallbacks[reason])
        yield fallbacks
        yield GaugeMetricFamily("endcap_graphql_plans", "Operations whose plan is kept", len(self._plans))
