import logging
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.daemon.textfile import NAME, Textfile
from agent.pages.metrics import Metrics, render
from checks.verdict import passed
from tests.daemons import daemon, recording
from tests.hosts import until
from tests.node_exporter import node_exporter, page_with
from tests.states import HOSTILE, SSH, plan, scanned, state

LOG = logging.getLogger("wispwatch")


def test_the_page_is_written_whole_and_for_all_to_read(tmp_path: Path) -> None:
    made = plan()
    published = state(made, scanned(made, {SSH: passed()}))
    page = Metrics().page(published)
    textfile = Textfile(tmp_path, LOG)
    textfile.write(page)
    assert textfile.path.read_bytes() == render(published)
    assert stat.S_IMODE(textfile.path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == [NAME]
    before = textfile.path.stat().st_ino
    textfile.write(page)
    assert textfile.path.stat().st_ino == before  # the same page is not written twice
    page = Metrics().page(published)
    textfile.write(page)
    assert textfile.path.stat().st_ino != before
    textfile.path.unlink()
    textfile.write(page)
    assert textfile.path.exists()  # somebody had removed it
    textfile.remove()
    assert list(tmp_path.iterdir()) == []
    textfile.remove()


def test_a_directory_that_is_missing_is_told_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = plan()
    page = Metrics().page(state(made, scanned(made, {SSH: passed()})))
    textfile = Textfile(tmp_path / "later", LOG)
    for _ in range(3):
        textfile.write(page)
    assert [record.message for record in caplog.records] == [
        f"{tmp_path}/later/{NAME}: No such file or directory; the metrics are not written there"
    ]
    (tmp_path / "later").mkdir()
    textfile.write(page)
    assert textfile.path.exists()


@pytest.fixture
def directory() -> Iterator[Path]:
    """One that everyone can look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.real
def test_node_exporter_takes_what_the_daemon_writes_and_it_is_gone_with_the_daemon(
    tmp_path: Path, directory: Path
) -> None:
    recording(tmp_path / "web.jsonl")
    config = f"targets: [{{name: web, kind: replay, path: {tmp_path}/web.jsonl}}]\ndaemon: {{splay: 0s"
    with node_exporter(directory) as address, daemon(tmp_path, f"{config}, textfile_dir: {directory}}}\n") as alive:
        alive.ready()
        check = f'check="{SSH}",control="17.04(1)(b)",severity="critical",status="pass"}} 1'
        text = page_with(address, check)
        assert "node_textfile_scrape_error 0" in text
        assert f'node_textfile_mtime_seconds{{file="{directory}/{NAME}"}}' in text
        own = [
            line.partition(" ")[0] for line in alive.ask("/metrics")[1].splitlines() if line.startswith("wispwatch_")
        ]
        assert set(own) <= {line.partition(" ")[0] for line in text.splitlines()}
        recording(tmp_path / "web.jsonl", "yes")
        alive.process.send_signal(signal.SIGHUP)
        page_with(address, check.replace('="pass', '="fail'))
        other = tmp_path / "elsewhere"
        other.mkdir()
        alive.config.write_text(f"{config}, textfile_dir: {other}}}\n")
        alive.process.send_signal(signal.SIGHUP)
        until((other / NAME).exists)
        assert list(directory.iterdir()) == []
        assert alive.stop() == 0
        assert list(other.iterdir()) == []


@pytest.mark.real
def test_node_exporter_takes_names_that_a_target_made_up(directory: Path) -> None:
    made = plan()
    Textfile(directory, LOG).write(
        Metrics().page(state(made, scanned(made, {SSH: passed()}, asset=HOSTILE, kind=HOSTILE)))
    )
    with node_exporter(directory) as address:
        assert "node_textfile_scrape_error 0" in page_with(address, "wispwatch_control_status")


def test_the_flag_stands_over_the_configuration(tmp_path: Path) -> None:
    from agent.daemon.daemon import _Settings

    (tmp_path / "c.yaml").write_text("daemon: {textfile_dir: elsewhere}\n")
    path = tmp_path / "c.yaml"
    assert _Settings(path, None, None, None).read()[0].daemon.textfile_dir == tmp_path / "elsewhere"
    assert _Settings(path, None, None, tmp_path).read()[0].daemon.textfile_dir == tmp_path


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / NAME).mkdir()
    made = plan()
    Textfile(tmp_path, LOG).write(Metrics().page(state(made, scanned(made, {SSH: passed()}))))
    assert "the metrics are not written there" in caplog.text
    assert [one.name for one in tmp_path.iterdir()] == [NAME]
