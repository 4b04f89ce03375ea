"""Debian's Prometheus as it receives remote write: a process, on a loopback port."""

import contextlib
import json
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.push.endpoint import Endpoint
from agent.push.messages import label, request
from agent.push.settings import Push
from agent.push.snappy import packed
from tests.hosts import need, until
from tests.ports import free_port


@dataclass
class Receiving:
    """A Prometheus that runs."""

    port: int
    scheme: str = "http"
    authorization: str = ""
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it takes what is pushed."""
        return f"{self.scheme}://127.0.0.1:{self.port}/api/v1/write"

    def values(self, expression: str, label: str = "", at: float | None = None) -> dict[str, float]:
        """Values of an instant query, by a label."""
        moment = {} if at is None else {"time": str(at)}
        query = urllib.parse.urlencode({"query": expression, **moment})
        asked = urllib.request.Request(f"{self.scheme}://127.0.0.1:{self.port}/api/v1/query?{query}")
        if self.authorization:
            asked.add_header("Authorization", self.authorization)
        with urllib.request.urlopen(asked, timeout=60, context=self.tls) as answer:
            found = json.load(answer)["data"]["result"]
        return {one["metric"].get(label, ""): float(one["value"][1]) for one in found}

    def answers(self) -> bool:
        """Whether it can be asked."""
        with contextlib.suppress(OSError):
            return self.values("vector(1)") == {"": 1.0}
        return False


@contextlib.contextmanager
def receiving(
    folder: Path, window: str = "", port: int = 0, web: Path | None = None, **how: object
) -> Iterator[Receiving]:
    """Run one to which somebody else has pushed just now, so that it knows what time it is. ``window`` is how old what is out of
    order may be; ``web`` its web configuration, ``how`` the fields of ``Receiving`` that go with it.
    """
    need("prometheus")
    asked = Receiving(port or free_port(), **how)  # type: ignore[arg-type]
    folder.mkdir(exist_ok=True)
    config = folder / "prometheus.yml"
    storage = f"storage: {{tsdb: {{out_of_order_time_window: {window}}}}}\n" if window else ""
    config.write_text(storage)
    command = [
        *("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", "--log.level=warn"),
        *("--web.enable-remote-write-receiver", f"--web.listen-address=127.0.0.1:{asked.port}"),
        *([f"--web.config.file={web}"] if web else []),
    ]
    with (folder / "prometheus.log").open("a") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        until(asked.answers, 120)
        if web is None:
            with contextlib.closing(Endpoint(Push(url=asked.url))) as others:
                body = request([label("__name__", "others")], [bytes(8)], int(time.time() * 1000))
                assert others.post(packed(body)).status == 204
        yield asked
    finally:
        process.terminate()
        process.wait(120)
