"""docs/quickstart-laptop.md, followed step by step with what stands on the page, against a real Prometheus."""

import base64
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import bcrypt
import pytest
import yaml

from tests.daemons import ROOT
from tests.hosts import until
from tests.push.certificates import authority, signed, tls_client
from tests.push.prometheus import receiving

pytestmark = pytest.mark.real
PAGE = (ROOT / "docs/quickstart-laptop.md").read_text()
BLOCKS = re.findall(r"<!-- (\S+) -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)


def block(name: str) -> str:
    (found,) = [text for named, text in BLOCKS if named == name]
    return str(found)


def installed(folder: Path) -> Path:
    """Step 2 as it stands, below a folder. What wispwatch depends on is not installed anew: it is that of the tests."""
    for line in block("install").splitlines():
        words = shlex.split(line.replace("/opt/", f"{folder}/opt/").replace("/usr/bin/", f"{folder}/bin/"))
        if words[0].endswith("/pip"):
            words[2:] = ["--quiet", "--no-deps", *words[2:]]
        words[0] = words[0].replace("python3", sys.executable)
        subprocess.run(words, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
        for packages in (folder / "opt/wispwatch").glob("lib/*/site-packages"):
            (packages / "tests.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin/wispwatch"


def test_the_page_leads_to_metrics_in_prometheus(tmp_path: Path) -> None:
    authority(tmp_path)
    for name in ("prometheus", "client"):
        signed(tmp_path, name)
    (tmp_path / "bin").mkdir()
    command = installed(tmp_path)

    web = tmp_path / "web.yml"
    hashed = bcrypt.hashpw(b"a password", bcrypt.gensalt(4)).decode()
    assert "$2y$12$..." in block("web.yml")
    web.write_text(block("web.yml").replace("$2y$12$...", f"'{hashed}'"))
    assert "--web.enable-remote-write-receiver --web.config.file=web.yml" in block("prometheus")
    window = yaml.safe_load(block("prometheus.yml"))["storage"]["tsdb"]["out_of_order_time_window"]
    authorization = "Basic " + base64.b64encode(b"laptops:a password").decode()
    how = {"scheme": "https", "authorization": authorization, "tls": tls_client(tmp_path)}
    with receiving(tmp_path / "server", window, web=web, **how) as asked:
        etc = tmp_path / "etc"
        for line in block("secret").splitlines():
            words = shlex.split(line.replace("/etc/wispwatch", str(etc)))
            subprocess.run(words, input=b"a password\n", check=True)
        assert (etc / "push-password").stat().st_mode & 0o777 == 0o600
        (etc / "ca.pem").write_bytes((tmp_path / "ca.crt").read_bytes())
        text = block("config.yaml").replace("/etc/wispwatch", str(etc))
        assert "https://prometheus.example.com:9090/api/v1/write" in text
        text = text.replace("prometheus.example.com:9090", f"127.0.0.1:{asked.port}")
        # Not on the page: what takes a minute takes a second, and everything is below a folder.
        (etc / "config.yaml").write_text(
            f"{text}  interval: 1s\ndaemon: {{listen: '127.0.0.1:0', state_dir: {tmp_path}/state, splay: 0s}}\n"
        )
        environment = {
            **os.environ,
            "WISPWATCH_CONFIG": str(etc / "config.yaml"),
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        }
        told = [_said(line, environment, tmp_path) for line in block("check").splitlines()]
        assert told[0] == "The configuration is good.\n"
        promised = re.search(r"The doctor says `Push to \S+ (.*?)`", PAGE, re.DOTALL)
        assert promised
        assert f"Push to 127.0.0.1:{asked.port}: {promised[1].replace(chr(10), ' ')}" in told[1]

        process = subprocess.Popen(
            [command, *shlex.split(block("run"))[1:]], env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL
        )
        try:
            queries = [text for named, text in BLOCKS if named == "query"]
            fails, heard, dropped = (query.strip() for query in queries)
            until(lambda: asked.values(fails, "asset") and asked.values(heard, "instance"), 180)
            assert asked.values(fails, "asset").keys() == {"laptop-1"}
            assert asked.values(fails, "control")
            until(lambda: 0 <= asked.values(heard, "instance")["laptop-1"] < 10)
            assert asked.values(dropped, "reason") == dict.fromkeys(
                ("refused", "too_old", "queue_full", "clock", "too_many"), 0.0
            )
        finally:
            process.terminate()
            assert process.wait(120) == 0
        ended = time.time()
        asleep = ended + 3600
        assert asked.values(fails, "asset", asleep).keys() == {"laptop-1"}
        since = asked.values(heard, "instance", ended)["laptop-1"]
        assert asked.values(heard, "instance", asleep)["laptop-1"] == pytest.approx(since + 3600, abs=1)


def _said(line: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(shlex.split(line), env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
