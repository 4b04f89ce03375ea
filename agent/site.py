"""What the listener answers: which path has what, over the last published state."""

from collections.abc import Callable
from dataclasses import dataclass

from agent import metrics, status_page
from agent.connection import POLICY, Answer, Request, text
from agent.state import State

_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Published:
    """One state, rendered: bytes that a request only copies."""

    metrics: Answer
    page: Answer
    ready: bool
    """Whether every asset has a result."""


def render(state: State, *, ready: bool) -> Published:
    """Render a state. This is the slow part; it runs when a scan has ended."""
    policy = {"Content-Security-Policy": f"{POLICY}; style-src '{status_page.STYLE_HASH}'"}
    return Published(
        metrics=Answer.packed(metrics.render(state), metrics.CONTENT_TYPE),
        page=Answer.packed(status_page.render(state).encode(), "text/html; charset=utf-8", policy),
        ready=ready,
    )


class Site:
    """Answers requests. What is published is replaced as a whole, so that nobody meets half of a scan."""

    def __init__(self, published: Callable[[], Published], reload: Callable[[], str]) -> None:
        """``reload`` reads the configuration again and returns its faults."""
        self.published = published
        self.allow_reload = False
        """Whether HTTP may ask for a reload."""
        self._reload = reload

    def __call__(self, request: Request) -> Answer:
        """The answer to a request."""
        if request.path == "/-/reload":
            return self._reloaded(request)
        if request.method not in _SAFE:
            return text(405, "Only GET and HEAD are answered here.", headers={"Allow": "GET, HEAD"}, close=True)
        published = self.published()
        match request.path:
            case "/metrics":
                return published.metrics
            case "/":
                return published.page
            case "/-/healthy":
                return text(200, "wispwatch is healthy.")
            case "/-/ready":
                return (
                    text(200, "wispwatch is ready.")
                    if published.ready
                    else text(503, "The first scan has not ended yet.")
                )
            case _:
                return text(404, "There is nothing here. Known: /, /metrics, /-/healthy, /-/ready.")

    def _reloaded(self, request: Request) -> Answer:
        if not self.allow_reload:
            return text(403, "Reloading over HTTP is switched off; set daemon.reload_over_http, or send SIGHUP.")
        if request.method != "POST":
            return text(405, "Only POST reloads.", headers={"Allow": "POST"})
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return text(403, "A page of another site must not reload.")
        faults = self._reload()
        return text(500, faults) if faults else text(200, "The configuration is reloaded.")
