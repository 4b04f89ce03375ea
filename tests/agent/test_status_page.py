import html.parser
import re
import subprocess
import tempfile
from datetime import date
from pathlib import Path

import pytest

from agent.pages.status_page import STYLE, render
from agent.waivers import Waiver
from checks.verdict import failed, not_applicable, passed, unknown
from tests.daemons import daemon, recording
from tests.hosts import need
from tests.states import HOSTILE, SSH, plan, scanned, state

CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Page(html.parser.HTMLParser):
    """Elements and the text between them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def dumped(address: str) -> str:
    """The document at an address after a real browser has read it; the browser must find no fault with it."""
    need("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [*CHROMIUM, "--enable-logging=stderr", f"--user-data-dir={folder}/profile", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    assert "CONSOLE" not in done.stderr  # e.g. a style that the content security policy refuses
    return done.stdout


def test_everything_that_matters_is_in_the_text() -> None:
    waiver = Waiver(date(2027, 1, 31), "Ann Ops", "the hypervisor filters", "a group", check=SSH, subject="waived-one")
    expired = Waiver(date(2026, 1, 1), "Bob", "r", "c", check=SSH, subject="old")
    made = plan(waivers=(waiver, expired))
    other = next(check for check in made.checks if check.id != SSH and not check.facet)
    third = next(check for check in made.checks if check.id not in (SSH, other.id) and not check.facet)
    done = scanned(
        made,
        {
            SSH: {"alice": failed("lets her in"), "waived-one": failed("lets it in"), "old": failed("lets her in")},
            other.id: unknown("/etc/shadow: permission denied"),
            third.id: passed(),
        },
    )
    page = Page(render(state(made, done)))
    text = page.text
    assert "alice, old : lets her in" in text
    fix = next(check.fix for check in made.checks if check.id == SSH)
    assert "Fix: " + " ".join(fix.replace("`", " ").split())[:20] in text
    assert "/etc/shadow: permission denied To see it: run as root; over SSH, set ssh.privilege to sudo." in text
    assert "the hypervisor filters (instead: a group) Until 2027-01-31, Ann Ops" in text
    assert "expired on 2026-01-01: it no longer counts." in text
    assert "2026-06-01 12:00:00 UTC" in text
    assert "What passed (1)" in text
    assert re.search(r"17\.04\(1\)\(b\) \u2715 Fail Assigning and selecting passwords", text)


def test_it_is_one_accessible_document_without_scripts_or_anything_from_elsewhere() -> None:
    made = plan()
    source = render(state(made, scanned(made, {SSH: failed("x")}), scanned(made, {SSH: passed()}, asset="db")))
    page = Page(source)
    assert page.open == []
    names = [tag for tag, _ in page.elements]
    assert not {"script", "link", "img", "iframe", "form"} & set(names)
    assert not any(name.startswith("on") or name in {"src", "style"} for _, given in page.elements for name in given)
    assert all((given.get("href") or "#").startswith(("#", "/metrics")) for _, given in page.elements)
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert ("html", {"lang": "en"}) in page.elements
    assert names.count("h1") == 1
    assert all(given.get("scope") in {"row", "col"} for tag, given in page.elements if tag == "th")
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert "prefers-color-scheme: dark" in STYLE


def test_hostile_text_is_text() -> None:
    made = plan(waivers=(Waiver(date(2027, 1, 1), HOSTILE, HOSTILE, HOSTILE, check=SSH, subject="w"),))
    other = next(check for check in made.checks if check.id != SSH and not check.facet)
    verdicts = {SSH: {HOSTILE: failed(HOSTILE), "w": failed(HOSTILE)}, other.id: unknown(HOSTILE)}
    source = render(state(made, scanned(made, verdicts, asset=HOSTILE, kind=HOSTILE)))
    assert all(line.isprintable() for line in source.split("\n"))
    assert "<script" not in source
    assert "script" not in [tag for tag, _ in Page(source).elements]
    source.encode("utf-8")


def test_old_results_and_refused_configurations_are_said() -> None:
    made = plan()
    done = scanned(made, {SSH: passed()}, age=4 * 3600)
    text = Page(render(state(made, done, reload_succeeded=False))).text
    assert "This is too old to count" in text
    assert "? Unseen Assigning and selecting passwords" in text
    assert "configuration was refused" in text


def test_before_the_first_scan_it_says_so() -> None:
    assert "The first scan is under way" in Page(render(state(plan()))).text


def test_what_does_not_apply_is_folded_away() -> None:
    made = plan()
    source = render(state(made, scanned(made, {SSH: not_applicable("there is no sshd")})))
    assert "What does not apply (1)" in Page(source).text


@pytest.mark.real
def test_a_real_browser_shows_the_same_and_runs_nothing(tmp_path: Path) -> None:
    made = plan()
    path = tmp_path / "page.html"
    path.write_text(render(state(made, scanned(made, {SSH: {HOSTILE: failed(HOSTILE)}}, asset=HOSTILE))))
    shown = dumped(f"file://{path}")
    page = Page(shown)
    assert "17.04(1)(b) \u2715 Fail" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "script" not in [tag for tag, _ in page.elements]


@pytest.mark.real
def test_a_real_browser_reads_it_from_the_real_daemon(tmp_path: Path) -> None:
    recording(tmp_path / "web.jsonl", empty="yes")
    config = "targets: [{name: web, kind: replay, path: web.jsonl}]\n"
    with daemon(tmp_path, config) as alive:
        text = Page(dumped(f"http://127.0.0.1:{alive.ready().port}/")).text
    assert "17.04(1)(b) \u2715 Fail Assigning and selecting passwords" in text
    assert "sshd lets in accounts that have no password" in text
    assert "Fix: set PermitEmptyPasswords no in sshd_config" in text
    assert "What could not be seen" in text
