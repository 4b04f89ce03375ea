"""The real daemon pushes to a real Prometheus, is killed, hangs on its server, and is given other settings."""

import random
import signal
import threading
import time
from pathlib import Path

import pytest

from agent.push.endpoint import Endpoint
from agent.push.queue import Queue
from agent.push.settings import Push
from tests.daemons import Running, daemon, recording
from tests.hosts import until
from tests.push.clocks import dropped, is_balanced, sent
from tests.push.prometheus import receiving
from tests.push.receiver import Sent, Told, receiver
from tests.time_at_work import Clock

SSH = "sshd-refuses-empty-passwords"
HELD = f'wispwatch_check_status{{check="{SSH}",job="wispwatch",instance="laptop"}}'


def pushing(folder: Path, url: str, more: str = "", targets: str = "web") -> str:
    recording(folder / "web.jsonl")
    named = ", ".join(f"{{name: {name}, kind: replay, path: {folder}/web.jsonl}}" for name in targets.split())
    return f"asset: laptop\ntargets: [{named}]\ndaemon: {{splay: 0s}}\npush:\n  url: {url}\n  interval: 1s\n{more}"


def reload(alive: Running, text: str) -> None:
    alive.config.write_text(text)
    before = alive.said.count("configuration is reloaded")
    alive.process.send_signal(signal.SIGHUP)
    until(lambda: alive.said.count("configuration is reloaded") > before)


@pytest.mark.real
def test_it_pushes_on_while_nothing_changes_and_what_is_removed_is_gone_at_once(tmp_path: Path) -> None:
    with (
        receiving(tmp_path / "server") as asked,
        daemon(tmp_path, pushing(tmp_path, asked.url, targets="web db")) as alive,
    ):
        until(lambda: asked.values(f"{HELD} == 1", "asset") == {"web": 1.0, "db": 1.0})
        until(lambda: asked.values(f"count_over_time({HELD}[1m])", "asset").get("web", 0) >= 3)
        until(lambda: alive.metric("push_queue_length") == 0)  # between two snapshots
        assert alive.metric("push_samples_failed_total", reason="refused") == 0
        assert alive.metric("push_samples_sent_total")
        until(lambda: time.time() - (alive.metric("push_last_success_timestamp_seconds") or 0) < 5)
        until(lambda: asked.values("wispwatch_push_queue_length", "instance") == {"laptop": 0.0})
        assert asked.values("process_start_time_seconds", "job").keys() == {"wispwatch"}
        reload(alive, pushing(tmp_path, asked.url))
        until(lambda: asked.values(f"{HELD} == 1", "asset") == {"web": 1.0})  # not five minutes later
        assert alive.stop() == 0
        assert " level=error " not in alive.said


@pytest.mark.real
def test_a_kill_in_the_middle_of_a_request_loses_nothing(tmp_path: Path) -> None:
    """Between the daemon and Prometheus stands one that passes on what it gets, and says so when the daemon was killed."""
    with receiving(tmp_path / "server") as asked:
        killed = threading.Event()

        def passed_on(request: Sent) -> Told:
            endpoint = Endpoint(Push(url=asked.url))
            answer = endpoint.post(request.body)
            endpoint.close()
            assert answer.status == 204, answer.said
            if request.samples:  # what is asked for the time only is answered
                killed.wait(60)
            return Told()

        noise = random.Random(3)
        with receiver(passed_on) as between:
            config = pushing(tmp_path, between.url)
            for _ in range(3):
                killed.clear()
                before = len(between.sent)
                with daemon(tmp_path, config) as alive:
                    until(lambda before=before: len(between.sent) > before)
                    time.sleep(noise.uniform(0, 0.5))  # the request has arrived, its answer has not
                    alive.process.kill()
                    alive.process.wait()
                    killed.set()
            before = len(between.sent)
            with daemon(
                tmp_path, config.replace("interval: 1s", "interval: 60s")
            ) as alive:  # nothing is added meanwhile
                until(lambda: len(between.sent) > before)
                until(lambda: alive.metric("push_queue_length") == 0)
                assert alive.stop() == 0
        queue = Queue(tmp_path / "state")
        assert is_balanced(queue)
        assert dropped(queue) == {}
        stamps = {stamp for request in between.sent for stamp in request.stamps}
        twice = len(between.sent) - len(stamps)
        assert twice >= 2, "no kill fell between a request and its answer"
        taken = asked.values(f"count_over_time({HELD}[10m])")[""]
        waiting = queue.waiting().snapshots
        assert sent(queue) <= taken <= sent(queue) + waiting
        assert waiting <= 1
        queue.close()


@pytest.mark.alone
def test_a_server_that_hangs_holds_up_nobody(tmp_path: Path, at_work: Clock) -> None:
    with receiver(lambda _: Told(seconds=60)) as server, daemon(tmp_path, pushing(tmp_path, server.url)) as alive:
        alive.ready()
        until(lambda: server.asked)
        begun = at_work()
        assert alive.metric("check_status", check=SSH, status="pass") == 1
        reload(alive, pushing(tmp_path, server.url, "  job: other\n"))
        assert at_work() - begun < 2
        until(lambda: server.asked > 1, 20)  # what hung was cut off, and asked anew
        begun = at_work()
        assert alive.stop() == 0
        assert at_work() - begun < 2


def test_other_settings_hold_after_a_reload_and_what_waits_goes_with_them(tmp_path: Path) -> None:
    with receiver(lambda _: Told(503)) as ill, receiver() as well:
        with daemon(tmp_path, pushing(tmp_path, ill.url)) as alive:
            until(lambda: (alive.metric("push_queue_length") or 0) >= 2)
            reload(alive, pushing(tmp_path, well.url, "  labels: {site: boston}\n"))
            until(lambda: alive.metric("push_queue_length") == 0 and len(well.sent) > 3)
            asked = well.asked
            reload(alive, pushing(tmp_path, well.url, "  labels: {site: boston}\n"))
            before = len(well.sent)
            until(lambda: len(well.sent) > before)
            assert well.asked == asked  # settings that are the same change nothing
            labels = [dict(one.samples[0][0]) for one in well.sent]
            assert labels[0].get("site") is None  # as it was made
            assert labels[-1]["site"] == "boston"
            ended = [series for one in well.sent for series, *_, end in one.samples if end]
            assert ended
            assert not any("site" in dict(series) for series in ended)
            reload(
                alive,
                pushing(tmp_path, well.url).replace("push:", "#").replace("  url", "# ").replace("  interval", "# "),
            )
            assert alive.metric("push_queue_length") is None
            assert alive.stop() == 0
        queue = Queue(tmp_path / "state")
        assert is_balanced(queue)
        queue.close()


def test_a_faulty_setting_is_told_and_the_one_before_goes_on(tmp_path: Path) -> None:
    with receiver() as server, daemon(tmp_path, pushing(tmp_path, server.url)) as alive:
        until(lambda: server.sent)
        alive.config.write_text(pushing(tmp_path, "http://example.com/", "  user: ann\n"))
        alive.process.send_signal(signal.SIGHUP)
        until(lambda: "the one before holds" in alive.said)
        until(lambda: "push.url: is http, which everyone on the way can read" in alive.said)
        until(lambda: "push.password_file: is missing" in alive.said)
        before = len(server.sent)
        until(lambda: len(server.sent) > before)


def test_a_secret_that_is_missing_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with receiver() as server, daemon(tmp_path, pushing(tmp_path, server.url, "  token_file: token\n")) as alive:
        until(lambda: "metrics could not be pushed" in alive.said)
        assert "token: No such file or directory" in alive.said
        until(lambda: (alive.metric("push_queue_length") or 0) >= 2)
        (tmp_path / "token").write_text("hush-hush\n")
        until(lambda: alive.metric("push_queue_length") == 0 and len(server.sent) >= 2)
        assert server.sent[0].headers["Authorization"] == "Bearer hush-hush"
        until(lambda: "metrics are pushed again" in alive.said)
        assert "hush" not in alive.said
