from pathlib import Path

import pytest

from agent.push.settings import Push
from agent.push.trial import tried
from tests.agent.test_cli import wispwatch
from tests.ports import nobody_listens
from tests.push.receiver import Told, receiver


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(), "answers '204 No Content' to a request without samples; its clock and this machine's agree"),
        (Told(401, body=b"who are you\x07"), r"answers '401 Unauthorized: who are you\\x07' to a request"),
        (Told(ahead=3600), "s behind its clock: nothing is pushed until they agree"),
        (Told(ahead=-3600), "s ahead of its clock: nothing is pushed until they agree"),
        (Told(dated=False), "what time it is there it does not say"),
    ],
)
def test_a_server_is_tried_without_sending_it_anything(told: Told, said: str) -> None:
    with receiver(lambda _: told) as server:
        assert said in tried(Push(url=server.url))
        assert (server.asked, server.sent) == (1, [])


def test_the_doctor_tells_whether_the_server_answers(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    with receiver() as server:
        config.write_text(f"push: {{url: '{server.url}?key=hush'}}\n")
        told = wispwatch("doctor", "--config", str(config)).stdout
        assert f"Push to 127.0.0.1:{server.port}: answers '204 No Content'" in told
        assert "hush" not in told
    with nobody_listens() as port:
        assert tried(Push(url=f"http://127.0.0.1:{port}/")) == "cannot be reached: Connection refused"
