"""A small organization to draw: the real daemon over recordings, some of them changed while a real Prometheus looks.

``web`` fails and is mended, ``rocky`` has lacked a patch for a month, ``laptop`` is awake, ``production`` is an AWS account. Two
more are filled in from the daemon's own page: ``away``, a laptop that fell asleep eight hours ago, and ``lost``, a server of
which nothing has been heard for five.
"""

import contextlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from collectors.host.personal_information_files import SCHEMA, personal_information_files
from collectors.host.sshd import sshd
from collectors.readings import Absent, Reading, Text
from collectors.snapshot import Snapshot, dump, load
from tests.aws.families import CASES
from tests.aws_accounts import recorded
from tests.daemons import Running, daemon
from tests.hosts import until
from tests.prometheus.stories import RULES
from tests.real.test_prometheus import Prometheus, prometheus
from tests.recordings import FOLDER

CONFIG = """
targets:
  - {name: web, kind: replay, path: web.jsonl, asset_kind: server}
  - {name: rocky, kind: replay, path: rocky.jsonl, asset_kind: server}
  - {name: laptop, kind: replay, path: laptop.jsonl}
  - {name: production, kind: replay, path: production.jsonl}
registers: {attestations: attestations.csv}
waivers:
  - {check: idle-shells-end-themselves, asset: rocky, owner: Ana, reason: none, compensating_control: none, until: UNTIL}
  - {control: 17.04(4), asset: rocky, owner: Ana, reason: none, compensating_control: none, until: UNTIL}
daemon: {splay: 0s, failing_resources: 5}
"""
SECURITY = "/var/lib/apt/lists/security.debian.org_debian-security_dists_bookworm-security"
KEYS = {
    "definitions": "command:ClamAV definitions",
    "apt": "command:installed packages in apt's security lists",
    "heads": "command:heads of apt's Release files",
    "rpm": "command:rpm packages and their pending advisories",
    "repositories": "command:repositories of dnf, yum and zypper",
    "survey": personal_information_files.sources[0].key,
}
ATTEMPTS = (
    "wispwatch_scan_last_attempt_timestamp_seconds",
    "asset_instance:wispwatch_scan_last_attempt_timestamp_seconds:latest",
)
"""What the daemon says of when it looked last, and the rule that remembers it."""
SCANNED = {"web", "rocky", "laptop", "production", "organization"}


@dataclass
class World:
    """What runs."""

    folder: Path
    agent: Running
    prometheus: Prometheus

    def mend(self) -> None:
        """What failed on ``web`` is mended, and everything is scanned again."""
        write_web(self.folder, empty_passwords="no")
        self.agent.process.send_signal(signal.SIGHUP)


@contextlib.contextmanager
def world(folder: Path, *, listed: bool = False) -> Iterator[World]:
    """Everything, once Prometheus has seen ``web`` fail, and then pass. Assets may be targets of their own, which are ``listed``."""
    write(folder)
    soon = (datetime.now(UTC) + timedelta(days=10)).date()
    with daemon(folder, CONFIG.replace("UNTIL", soon.isoformat())) as agent:
        page = agent.ready().ask("/metrics")[1]
        fill_in(folder, page)
        own = folder / "rules"
        own.mkdir()
        for path in RULES.glob("*.yaml"):
            (own / path.name).write_text(
                path.read_text().replace("interval: 1m", "interval: 1s").replace("interval: 5m", "interval: 1s")
            )
        with prometheus(folder, agent.port, f"rule_files: ['{own}/*.yaml']\n", listed=listed) as asked:
            made = World(folder, agent, asked)
            settle(asked, "fail", {"fail": 1.0}, since=0)
            mended = datetime.now(UTC).timestamp()
            made.mend()
            settle(asked, "pass", {}, since=mended)
            yield made


def settle(asked: Prometheus, status: str, recorded: dict[str, float], since: float) -> None:
    """Wait until ``web`` has a status, every asset was scanned after a moment, and each rule has been asked since all that was
    scraped."""
    until(lambda: holds(asked, status, recorded), 180)
    until(lambda: all(attempted(asked, one, since) >= SCANNED for one in ATTEMPTS), 180)
    scraped = datetime.now(UTC)
    until(lambda: all(evaluated > scraped for evaluated in evaluations(asked)), 180)


def attempted(asked: Prometheus, expression: str, since: float) -> set[str]:
    """The assets of which the last attempt that Prometheus knows began after a moment."""
    found = asked.get("/api/v1/query", query=f"max by (asset) ({expression}) > {since}")
    assert isinstance(found, dict)
    return {one["metric"]["asset"] for one in found["result"]}


def evaluations(asked: Prometheus) -> Iterator[datetime]:
    """When each group of rules was asked last."""
    told = asked.get("/api/v1/rules")
    assert isinstance(told, dict)
    for group in told["groups"]:
        yield datetime.fromisoformat(group["lastEvaluation"])


def holds(asked: Prometheus, status: str, recorded: dict[str, float]) -> bool:
    """Whether ``web`` has a status at its SSH server, and the recording rules say what they should of it."""
    same = '{asset="web",check="sshd-refuses-empty-passwords",control="17.04(1)(b)"}'
    now = {one for one, value in asked.query(f"wispwatch_check_status{same}").items() if value}
    return now == {status} and asked.query(f"asset_check:wispwatch_check_status:held{same}") == recorded


def survey(ended: datetime) -> dict[str, object]:
    """What a survey for personal information came to."""
    kinds = {"social_security_number": 212, "drivers_license": 3, "financial_account": 0, "payment_card": 17}
    counts = {"files": 48210, "kinds": kinds, "holding": 220, "incomplete": 3117, "unseen": 0}
    opened = {"holding": 0, "incomplete": 0, "examples": list[str]()}
    return {"schema": SCHEMA, "ended": ended.isoformat(), "roots": ["/srv"], "excluded": [], **counts, "open": opened}


def write(folder: Path) -> None:
    """All recordings and registers."""
    write_web(folder, empty_passwords="yes")
    rpm = "=packages\t2\t1700000000\n=core\tglibc\t1700000000\n=repo\t1\tdnf\tbase\t{now}\t{now}\tread\t1\n=pending\t1\tglibc\t"
    rpm += "x86_64\t0:2.34-1\t0:2.34-2\tglibc\tRHSA-1\timportant\t{issued} 00:00:00\n=end\n"
    now = datetime.now(UTC)
    told = rpm.format(now=int(now.timestamp()), issued=(now - timedelta(days=30)).date())
    enabled = (
        "/etc/dnf/dnf.conf\t\n/etc/dnf/dnf.conf\t[main]\n/etc/yum.repos.d/a.repo\t\n/etc/yum.repos.d/a.repo\t[base]\n"
    )
    own: dict[str, Reading] = {
        KEYS["rpm"]: Text(told),
        KEYS["repositories"]: Text(enabled),
        KEYS["apt"]: Absent("dpkg-query"),
        KEYS["survey"]: Text(json.dumps(survey(now - timedelta(days=2)))),
    }
    save(folder / "rocky.jsonl", host("debian-13", own))
    save(folder / "laptop.jsonl", host("debian-12-vm-luks", {}))
    save(folder / "production.jsonl", account())
    ends = (now + timedelta(days=20)).date()
    (folder / "attestations.csv").write_text(
        "control,statement,owner,date,expires,evidence,sha256\n"
        f"17.03(2)(a),Ana maintains the program,Ana,{now.date()},{ends},,\n"
        f"17.04(8),All staff are trained,Ana,{now.date()},{ends + timedelta(days=300)},,\n"
    )


def write_web(folder: Path, empty_passwords: str) -> None:
    """A server that waits for two updates, whose definitions of malware are 20 days old."""
    now = datetime.now(UTC)
    built = (now - timedelta(days=20)).strftime("%d %b %Y %H-%M +0000")
    read = host("debian-12", {})
    effective = read.readings[sshd.sources[0].key]
    assert isinstance(effective, Text)
    own: dict[str, Reading] = {
        KEYS["definitions"]: Text(f"daily.cld ClamAV-VDB:{built}:27000:200:90:X:X:builder:1\n"),
        KEYS["heads"]: Text(
            f"={SECURITY}_InRelease\nOrigin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\n"
            f"Codename: bookworm-security\nDate: {format_datetime(now)}\n"
        ),
        KEYS["apt"]: Text(
            f"=list {SECURITY}_main_binary-amd64_Packages\n1 openssl amd64 3.0.1-1 3.0.2-1 openssl -\n"
            "1 sudo amd64 1.9.1-1 1.9.2-1 sudo -\n=installed 243 amd64\n"
        ),
        sshd.sources[0].key: Text(
            re.sub(r"(?m)^permitemptypasswords .*$", f"permitemptypasswords {empty_passwords}", effective.text)
        ),
    }
    save(folder / "web.jsonl", replace(read, readings={**read.readings, **own}))


def host(name: str, changed: Mapping[str, Reading]) -> Snapshot:
    """A recording of ``tests/snapshots``, taken now."""
    with (FOLDER / f"{name}.jsonl").open() as lines:
        read = load(lines)
    return replace(read, taken_at=datetime.now(UTC), readings={**read.readings, **changed})


def account() -> Snapshot:
    """An account that answers as AWS documents: all answers of ``tests/aws/recorded`` that do not contradict each other."""
    answers: dict[str, object] = {}
    for _, case in CASES:
        plain = not (case.known or case.roster or case.settings) and case.regions == ("us-east-1",)
        if plain and not answers.keys() & case.answers.keys():
            answers |= case.answers
    return recorded(answers)


def save(path: Path, snapshot: Snapshot) -> None:
    """Write a recording whole, or not at all."""
    making = path.with_suffix(".new")
    making.write_text(dump(replace(snapshot, asset=path.stem)))
    making.replace(path)


def fill_in(folder: Path, page: str) -> None:
    """Hours before now, as blocks of Prometheus' own store: ``away`` is like ``laptop``, ``lost`` is like ``web``."""
    now = datetime.now(UTC).timestamp()
    lines = [
        *past(page, "laptop", "away", now - 32 * 3600, now - 8 * 3600),
        *past(page, "web", "lost", now - 30 * 3600, now - 5 * 3600),
    ]
    told = folder / "past.txt"
    told.write_text("\n".join([*lines, "# EOF", ""]))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(told), str(folder / "tsdb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def past(page: str, asset: str, name: str, begin: float, end: float) -> Iterator[str]:
    """The samples of an asset, under another name, every ten minutes of some hours before."""
    now = datetime.now(UTC).timestamp()
    told = re.findall(rf'^(wispwatch_\w+)\{{asset="{asset}"(.*)\}} (\S+)$', page, re.MULTILINE)
    assert len(told) > 500
    for at in range(int(begin), int(end), 600):
        for metric, labels, value in told:
            then = float(value) - (now - at) if metric.endswith("_timestamp_seconds") else float(value)
            yield f'{metric}{{asset="{name}",instance="{name}:9817",job="wispwatch"{labels}}} {then} {at}'


def findings(made: World) -> list[dict[str, str]]:
    """What `wispwatch scan` says of the same recordings, as rows."""

    done = subprocess.run(
        [sys.executable, "-m", "agent", "scan", "--config", str(made.agent.config), "--format", "jsonl"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
