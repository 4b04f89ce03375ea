"""A real Prometheus is pushed to: by a sender whose clock a test sets, since nobody can wait for eight hours."""

import base64
import time
from pathlib import Path

import bcrypt
import pytest

from agent.pages.metrics import Metrics
from agent.pages.page import Page
from agent.push.endpoint import Endpoint
from agent.push.pusher import Turn
from agent.push.queue import Queue
from agent.push.settings import Push
from checks.verdict import failed, passed
from tests.ports import free_port, nobody_listens
from tests.push.certificates import authority, signed, tls_client
from tests.push.clocks import LOG, Clock, dropped, is_balanced, sent
from tests.push.prometheus import Receiving, receiving
from tests.states import SSH, plan, scanned, state

pytestmark = pytest.mark.real
HOUR = 3600.0
HELD = f'wispwatch_check_status{{asset="web",check="{SSH}",job="wispwatch",instance="laptop-1"}} == 1'


def page(*assets: str, good: bool = True) -> Page:
    made = plan()
    return Metrics().page(
        state(made, *(scanned(made, {SSH: passed() if good else failed("x")}, asset=one) for one in assets))
    )


class Laptop:
    """What the daemon's thread does, at times that a test chooses."""

    def __init__(self, folder: Path, url: str, ago: float = 0.0, **more: object) -> None:
        self.queue = Queue(folder)
        self.clock = Clock(wall=time.time() - ago)
        self.turn = Turn(self.queue, self.clock, LOG)
        self.page = page("web")
        self.more = more
        self.goes_to(url)

    def goes_to(self, url: str) -> None:
        push = Push(url=url, instance="laptop-1", **self.more)  # type: ignore[arg-type]
        self.turn.take(push, Endpoint(push))

    def awake(self, seconds: float) -> None:
        """Run for so long, as far as its own clock goes."""
        end = self.clock.wall + seconds
        while self.clock.wall < end:
            wait = self.turn.take_turn(lambda: self.page, lambda: "")
            self.clock.pass_(min(wait, end - self.clock.wall))

    def asleep(self, seconds: float) -> None:
        self.clock.pass_(seconds)


def held(asked: Receiving, at: float | None = None) -> str:
    return ",".join(asked.values(HELD, "status", at))


def test_series_are_seen_at_once_and_gone_at_once(tmp_path: Path) -> None:
    with receiving(tmp_path / "server") as asked:
        laptop = Laptop(tmp_path, asked.url)
        laptop.page = page("web", "db")
        laptop.awake(20)
        assert held(asked, laptop.clock.wall) == "pass"
        seen = laptop.clock.wall
        assert asked.values("count by (asset) (wispwatch_control_status == 1)", "asset", seen).keys() == {"web", "db"}
        laptop.page = page("web", good=False)
        laptop.awake(60)
        # Without marks, the asset that is gone and the status that held would still be there for five minutes.
        seen = laptop.clock.wall
        assert asked.values("count by (asset) (wispwatch_control_status == 1)", "asset", seen).keys() == {"web"}
        assert asked.values(HELD.replace("== 1", ""), "status", seen) == {"fail": 1.0}
        assert asked.values('count(count_over_time(wispwatch_control_status{asset="db"}[5m]))', at=seen)[""] == 5
        assert is_balanced(laptop.queue)


@pytest.mark.parametrize(
    ("window", "old"),
    [("", {"refused": 3}), ("24h", {}), ("2h", {"too_old": 3})],
)
def test_after_a_sleep_of_eight_hours(tmp_path: Path, window: str, old: dict[str, int]) -> None:
    """Three snapshots were made without a network before it fell asleep. A server of version 2.42 takes them within its window,
    refuses them (400) without one, and calls what is older than its window a fault of its own (500).
    """
    with receiving(tmp_path / "server", window) as asked, nobody_listens() as nobody:
        laptop = Laptop(tmp_path, f"http://127.0.0.1:{nobody}/", ago=8 * HOUR + 180)
        began = laptop.clock.wall
        laptop.awake(180)
        assert laptop.queue.waiting().snapshots == 3
        laptop.asleep(8 * HOUR)
        laptop.goes_to(asked.url)
        laptop.awake(100)
        assert (laptop.queue.waiting().snapshots, dropped(laptop.queue)) == (0, old)
        assert sent(laptop.queue) >= 2
        assert held(asked, laptop.clock.wall) == "pass"
        assert held(asked, began + 120) == ("" if old else "pass")
        assert held(asked, began + HOUR) == ""  # nobody knows what was while it slept
        assert is_balanced(laptop.queue)


def test_what_a_server_missed_in_an_hour_arrives_in_the_order_of_time(tmp_path: Path) -> None:
    port = free_port()
    laptop = Laptop(tmp_path, f"http://127.0.0.1:{port}/api/v1/write", ago=HOUR)
    laptop.awake(HOUR - 5)
    waited = laptop.queue.waiting().snapshots
    assert waited in (59, 60)
    with receiving(tmp_path / "server", "2h", port) as asked:
        laptop.clock.pass_(time.time() - laptop.clock.wall)
        laptop.awake(60)
        assert (laptop.queue.waiting().snapshots, dropped(laptop.queue)) == (0, {})
        now = laptop.clock.wall
        counted = asked.values(f"count_over_time({HELD.removesuffix(' == 1')}[70m])", "status", now)
        assert counted == {"pass": sent(laptop.queue)}
        assert sent(laptop.queue) >= waited + 1
        late = asked.values("prometheus_tsdb_out_of_order_samples_total")
        assert sum(late.values()) == 0
        assert is_balanced(laptop.queue)


def test_the_same_request_twice_is_taken_twice_and_counts_once(tmp_path: Path) -> None:
    """A kill between a request and its answer: the next run sends it again, with the same times and values."""
    with receiving(tmp_path / "server") as asked:
        laptop = Laptop(tmp_path, asked.url)
        laptop.awake(20)
        first = laptop.queue.counts()
        body: list[bytes] = []
        endpoint = Endpoint(Push(url=asked.url))
        assert laptop.turn._sender is not None
        laptop.turn._sender.post = lambda request: (body.append(request), endpoint.post(request))[1]  # type: ignore[func-returns-value]
        laptop.awake(60)
        assert endpoint.post(body[-1]).status == 204
        endpoint.close()
        assert laptop.queue.counts()["sent"].snapshots == first["sent"].snapshots + 1
        series = HELD.removesuffix(" == 1")
        assert asked.values(f"count_over_time({series}[10m])", at=laptop.clock.wall)[""] == 2


def test_with_a_password_and_a_certificate_of_our_own(tmp_path: Path) -> None:
    authority(tmp_path)
    for name in ("server", "client"):
        signed(tmp_path, name)
    hashed = bcrypt.hashpw(b"hush", bcrypt.gensalt(4)).decode()
    web = tmp_path / "web.yml"
    web.write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key, client_ca_file: ca.crt, "
        f"client_auth_type: RequireAndVerifyClientCert}}\nbasic_auth_users: {{ann: '{hashed}'}}\n"
    )
    (tmp_path / "password").write_text("wrong\n")
    authorization = "Basic " + base64.b64encode(b"ann:hush").decode()
    how = {"scheme": "https", "authorization": authorization, "tls": tls_client(tmp_path)}
    with receiving(tmp_path / "server", web=web, **how) as asked:
        files = {"certificate_file": tmp_path / "client.crt", "key_file": tmp_path / "client.key"}
        more = {"user": "ann", "password_file": tmp_path / "password", "ca_file": tmp_path / "ca.crt"}
        laptop = Laptop(tmp_path, asked.url, **more)
        laptop.awake(30)
        assert (sent(laptop.queue), dropped(laptop.queue), laptop.queue.waiting().snapshots) == (0, {}, 1)
        laptop.more |= files
        laptop.goes_to(asked.url)
        laptop.awake(30)
        assert (sent(laptop.queue), dropped(laptop.queue)) == (0, {"refused": 1})
        (tmp_path / "password").write_text("hush\n")
        laptop.awake(60)
        assert (sent(laptop.queue), dropped(laptop.queue)) == (1, {"refused": 1})
        assert held(asked, laptop.clock.wall) == "pass"
