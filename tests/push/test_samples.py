import struct
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.exposition.families import CHECK_INFO, CONTROL_INFO, FAMILIES
from agent.exposition.process_metrics import process_metrics
from agent.pages.metrics import Metrics, render
from agent.push import samples
from agent.push.messages import label, request
from agent.push.samples import Reader, Samples, TooManyError, layout_of
from agent.push.snappy import packed
from agent.push.told import REASONS, Told
from agent.state.assets import State
from agent.state.history import History
from checks.verdict import failed, passed
from tests.push.receiver import Sent, Series
from tests.states import HOSTILE, SSH, plan, scanned, state

EXTRA = {"instance": "laptop-1", "job": "wispwatch", "zone": 'a"\\\n'}


def hostile() -> State:
    made = plan()
    history = History()
    history.count([("web", "sshd", "timeout")])
    one = scanned(made, {SSH: {HOSTILE: failed(HOSTILE)}}, asset=HOSTILE, kind="server")
    return state(made, one, scanned(made, {SSH: passed()}, asset="a\\b"), history=history)


def read(made: Samples) -> dict[Series, float]:
    values = [made.values[at : at + 8] for at in range(0, len(made.values), 8)]
    sent = Sent({}, packed(request(made.layout.series, values, 1)), "", 0)
    found = {labels: value for labels, value, _, _ in sent.samples}
    assert len(found) == len(made.layout.series)
    return found


def as_prometheus_reads_it(text: str, extra: Mapping[str, str]) -> dict[Series, float]:
    return {
        tuple(
            sorted({"__name__": sample.name, **{k: v for k, v in sample.labels.items() if v}, **extra}.items())
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_is_pushed_is_what_a_scrape_finds_but_for_names() -> None:
    published = hostile()
    also = Told(3, 4, {"clock": 5}, 6.5).text() + process_metrics()
    expected = as_prometheus_reads_it(render(published).decode() + also, EXTRA)
    names = {CHECK_INFO.name, CONTROL_INFO.name}
    left_out = {series for series in expected if dict(series)["__name__"] in names}
    assert len(left_out) > 100
    found = read(Reader(EXTRA).samples(Metrics().page(published), also))
    assert found == {series: value for series, value in expected.items() if series not in left_out}


def test_labels_are_in_order_and_none_is_empty() -> None:
    for series in read(Reader(EXTRA).samples(Metrics().page(hostile()), "")):
        names = [name for name, _ in series]
        assert names == sorted(set(names))
        assert all(value for _, value in series)


def test_the_same_page_is_the_same_layout_whatever_its_values() -> None:
    metrics = Metrics()
    published = hostile()
    page, reader = metrics.page(published), Reader({})
    first = reader.samples(page, "x 1.0\n")
    again = reader.samples(page, "x 2.0\n")
    assert again.layout is first.layout
    assert struct.unpack("<d", again.values[-8:]) == (2.0,)
    assert again.values[:-8] == first.values[:-8]
    other = reader.samples(page, "y 2.0\n")
    assert other.layout.id != first.layout.id
    assert Reader({}).samples(metrics.page(published), "x 1.0\n").layout.id == first.layout.id


def test_the_id_of_a_layout_tells_where_a_series_ends() -> None:
    assert layout_of([b"ab", b"c"]).id != layout_of([b"a", b"bc"]).id


@pytest.mark.parametrize("line", ['x{a="b" 1.0', 'x{a="b"c="d"} 1.0', 'x{a="b\\x"} 1.0', "x{a=b} 1.0", "x one"])
def test_a_line_that_is_not_ours_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"line of metrics|convert"):
        Reader({}).samples(Metrics().page(hostile()), f"{line}\n")


def test_more_series_than_are_pushed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST", 20)
    with pytest.raises(TooManyError):
        Reader({}).samples(Metrics().page(hostile()), "")


def test_what_is_said_of_the_pushing_is_always_there() -> None:
    text = Told().text()
    for family in FAMILIES:
        if family.name.startswith("wispwatch_push_") and "success" not in family.name:
            assert f"\n{family.name}" in f"\n{text}"
    assert all(f'reason="{reason}"}} 0.0' in text for reason in REASONS)


def test_a_label_keeps_what_is_not_ascii() -> None:
    assert "é".encode() in label("asset", "é")
