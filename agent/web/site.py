"""What the listener answers: which path has what, over the last published state."""

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from agent.exposition.process_metrics import process_metrics
from agent.pages import metrics, status_page
from agent.pages.page import Followed, Page, Words
from agent.state.assets import State
from agent.web import probes
from agent.web.connection import POLICY, Answer, Request, text
from agent.web.documents import Document

_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Published:
    """One state. What is said of it is put together when the first client asks, and does not change then."""

    state: State
    metrics: Page
    page: Answer
    ready: bool
    """Whether every asset has a result."""


@dataclass(frozen=True)
class Unready:
    """There is nothing to publish yet: half of what is known would be taken for all of it."""

    told: str
    """Why, and how far it is."""
    ready: bool = False


_POLICY = {"Content-Security-Policy": f"{POLICY}; style-src '{status_page.STYLE_HASH}'"}
_HTML = "text/html; charset=utf-8"


def published(state: State, page: Page, *, ready: bool) -> Published:
    """A state as clients see it; ``page`` are its metrics."""
    return Published(
        state=state,
        metrics=page,
        page=Answer(200, Document(lambda: status_page.render(state)), _HTML, headers=_POLICY),
        ready=ready,
    )


class Site:
    """Answers requests. What is published is replaced as a whole, so that nobody meets half of a scan."""

    def __init__(
        self,
        published: Callable[[], Published | Unready],
        reload: Callable[[], str],
        also: Callable[[], str] = process_metrics,
    ) -> None:
        """``reload`` reads the configuration again and returns its faults; ``also`` are metrics that are others each time."""
        self.published = published
        self.allow_reload = False
        """Whether HTTP may ask for a reload."""
        self._reload = reload
        self._also = also

    def __call__(self, request: Request) -> Answer:
        """The answer to a request."""
        if request.path == "/-/reload":
            return self._reloaded(request)
        if request.method not in _SAFE:
            return text(405, "Only GET and HEAD are answered here.", headers={"Allow": "GET, HEAD"}, close=True)
        if request.path == "/-/healthy":
            return text(200, "wispwatch is healthy.")
        published = self.published()
        if isinstance(published, Unready):
            return text(503, f"Not ready: {published.told}.")
        match request.path:
            case "/metrics":
                return Answer(200, Followed(published.metrics, Words(self._also())), metrics.CONTENT_TYPE)
            case "/":
                return published.page
            case "/sd":
                return probes.listed(published.state, request)
            case probes.PATH:
                return probes.probed(published.metrics, request, self._also)
            case path if path.startswith(status_page.ASSETS):
                return _of_one(published.state, path)
            case "/-/ready":
                return (
                    text(200, "wispwatch is ready.")
                    if published.ready
                    else text(503, "The first scan has not ended yet.")
                )
            case _:
                return text(404, "There is nothing here. Known: /, /metrics, /sd, /probe, /-/healthy, /-/ready.")

    def _reloaded(self, request: Request) -> Answer:
        if not self.allow_reload:
            return text(403, "Reloading over HTTP is switched off; set daemon.reload_over_http, or send SIGHUP.")
        if request.method != "POST":
            return text(405, "Only POST reloads.", headers={"Allow": "POST"})
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return text(403, "A page of another site must not reload.")
        faults = self._reload()
        return text(500, faults) if faults else text(200, "The configuration is reloaded.")


def _of_one(state: State, path: str) -> Answer:
    """The page of one asset."""
    told = status_page.render_one(state, urllib.parse.unquote(path.removeprefix(status_page.ASSETS)))
    if told is None:
        return text(404, "There is no asset of this name.")
    return Answer(200, Document(lambda: told), _HTML, headers=_POLICY)
