"""Assets as targets of their own: ``/sd`` lists them for Prometheus' http_sd, ``/probe?asset=`` tells what is said of one.

Format of the list: https://prometheus.io/docs/prometheus/latest/http_sd/. Nothing is scanned for a probe: it is answered from what
is published, as ``/metrics`` is. A job that asks by this list needs no other: the list's first target is the agent itself,
whose series are those that ``/metrics`` has beside the assets'.
"""

import json
import re
import urllib.parse
from collections.abc import Callable

from agent.exposition.text import plain
from agent.pages.metrics import CONTENT_TYPE
from agent.pages.page import Followed, Page, Words
from agent.state.assets import State
from agent.web.connection import Answer, Request, text

PATH = "/probe"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")
_FIELDS = 8
"""Fields of a query at most: one is needed."""


def listed(state: State, request: Request) -> Answer:
    """The assets as targets, all of them at the address that the client has asked."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        return text(400, "The Host header does not say where to ask: it must be a name or an address, and a port.")
    agent = {"targets": [host], "labels": {"__metrics_path__": PATH}}
    assets = [
        {
            "targets": [host],
            "labels": {"__metrics_path__": PATH, "__param_asset": one.name, "instance": one.name},
        }
        for one in state.assets
    ]
    return Answer(200, json.dumps([agent, *assets]).encode(), "application/json")


def probed(page: Page, request: Request, also: Callable[[], str]) -> Answer:
    """What is said of the asset that the query names; of the agent itself, with what is ``also`` said of it, where it names none."""
    try:
        asked = urllib.parse.parse_qs(
            request.query, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        ).get("asset", [])
    except ValueError:
        return text(400, "The query is not understood: /probe?asset=NAME.")
    if not asked:
        return Answer(200, Followed(page.own(), Words(also())), CONTENT_TYPE)
    one = page.of(plain(asked[0])) if len(asked) == 1 else None
    return Answer(200, one, CONTENT_TYPE) if one is not None else text(404, "There is no asset of this name.")
