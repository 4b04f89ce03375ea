"""The page at ``/``: what holds on every asset, why, and what to do, for a person in a hurry.

One HTML document with its style inside: no script and nothing from elsewhere. What targets said is made plain and escaped,
and every status is a word beside its colour.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from importlib import resources
from urllib.parse import quote

from agent import __version__
from agent.evaluate import Finding
from agent.printable import printable
from agent.reports.forms import DISCLAIMER
from agent.reports.remedies import remedy_for
from agent.state.assets import Asset, State
from checks import catalog
from checks.verdict import Status

STYLE = resources.files(__package__).joinpath("status_page.css").read_text("utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""How the content security policy names the style."""

_ORDER = (Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)
_WORDS = {
    Status.FAIL: ("\u2715", "Fail"),
    Status.UNKNOWN: ("?", "Unseen"),
    Status.WAIVED: ("\u25c7", "Waived"),
    Status.PASS: ("\u2713", "Pass"),
    Status.NOT_APPLICABLE: ("\u2013", "Not applicable"),
}
_CODE = re.compile(r"`([^`]+)`")
_SUBJECTS_SHOWN = 12
_ASSETS_LISTED_FROM = 2
_MOST_SHOWN = 20
"""Assets of which everything is on the page."""
_MOST_LISTED = 100
"""Assets in a table."""
ASSETS = "/assets/"
"""Below it each asset has a page of its own."""


def render(state: State) -> str:
    """The whole page. Of many assets the worst are shown, all are counted, and each has a page of its own."""
    return "".join(_document(state))


def render_one(state: State, name: str) -> str | None:
    """The page of one asset; None where there is none of this name."""
    asset = next((one for one in state.assets if one.name == name), None)
    return None if asset is None else "".join(_framed(state, [asset], _asset(asset, 0)))


def _document(state: State) -> Iterator[str]:
    assets = sorted(state.assets, key=_worst_first)
    yield from _framed(state, assets, _everything(state, assets))


def _framed(state: State, assets: list[Asset], told: Iterator[str]) -> Iterator[str]:
    controls = Counter(held.status for asset in assets for held in asset.controls)
    title = f"{controls[Status.FAIL]} failing" if controls[Status.FAIL] else "none failing"
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<title>{title if assets else "starting"} \u00b7 wispwatch</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>wispwatch <span>201 CMR 17.00</span></h1>\n"
        f'<p class="soft">As of {_time(state.at)}. Metrics for Prometheus are at <a href="/metrics">/metrics</a>.</p>\n'
        "</header>\n<main>\n"
    )
    if not state.reload_succeeded:
        yield '<p class="warn">The last change of the configuration was refused: the log says why. The one before holds.</p>\n'
    if not assets:
        yield '<section class="card"><h2>The first scan is under way</h2><p>Load this page again in a moment.</p></section>\n'
    else:
        yield from _summary(controls)
    yield from told
    yield (
        f"</main>\n<footer><p>wispwatch {_e(__version__)}, catalogue {_e(catalog.VERSION)}. {_e(DISCLAIMER)}</p></footer>\n"
        "</body>\n</html>\n"
    )


def _everything(state: State, assets: list[Asset]) -> Iterator[str]:
    if state.notes:
        yield '<section class="card"><h2>Waivers to look at</h2><ul>'
        yield from (f"<li>{_e(note)}.</li>" for note in state.notes)
        yield "</ul></section>\n"
    if len(assets) > _MOST_SHOWN:
        yield from _by_item(assets)
        yield from _too_old([(number, asset) for number, asset in enumerate(assets) if asset.stale])
    if len(assets) >= _ASSETS_LISTED_FROM:
        yield from _index(assets)
    for number, asset in enumerate(assets[:_MOST_SHOWN]):
        yield from _asset(asset, number)
    if len(assets) > _MOST_SHOWN:
        yield (
            f'<p class="warn">Of {len(assets)} assets the {_MOST_SHOWN} worst are shown here, and {len(assets) - _MOST_SHOWN} '
            f"are not: each has a page of its own at <code>{ASSETS}</code> and its name.</p>\n"
        )


def _by_item(assets: list[Asset]) -> Iterator[str]:
    """Every item of the regulation, and on how many assets it has which status."""
    counted: dict[tuple[str, str], Counter[Status]] = {}
    for asset in assets:
        for held in asset.controls:
            counted.setdefault((held.control, held.facet), Counter())[held.status] += 1
    heads = "".join(f'<th scope="col">{_WORDS[status][1]}</th>' for status in _ORDER)
    yield (
        f'<section class="card"><h2>Items, on {_count(len(assets), "asset")}</h2><table><thead><tr><th scope="col">Item</th>'
        f'<th scope="col">What it asks for</th>{heads}</tr></thead><tbody>\n'
    )
    for (control, facet), counts in sorted(counted.items(), key=lambda one: [-one[1][status] for status in _ORDER]):
        title = catalog.controls()[control].title + (f": {facet}" if facet else "")
        cells = "".join(f"<td>{counts[status]}</td>" for status in _ORDER)
        yield f'<tr><th scope="row">{_e(control)}</th><td class="title">{_e(title)}</td>{cells}</tr>\n'
    yield "</tbody></table></section>\n"


def _too_old(stale: list[tuple[int, Asset]]) -> Iterator[str]:
    """Those whose results do not count, since they are hidden among the unseen otherwise."""
    if stale:
        yield f'<section class="card"><h2>Too old to count: {_count(len(stale), "asset")}</h2><ul>'
        for number, asset in stale[:_MOST_LISTED]:
            yield f"<li>{_link(asset, number)}, read {_time(asset.standing.taken_at)}</li>"
        yield f"</ul>{_and_more(len(stale))}</section>\n"


def _and_more(count: int) -> str:
    return f'<p class="soft">and {count - _MOST_LISTED} more</p>' if count > _MOST_LISTED else ""


def _link(asset: Asset, number: int) -> str:
    """To where everything about an asset is."""
    there = f"#a{number}" if number < _MOST_SHOWN else f"{ASSETS}{quote(asset.name, safe='', errors='surrogatepass')}"
    return f'<a href="{escape(there)}">{_e(asset.name)}</a>'


def _worst_first(asset: Asset) -> tuple[int, ...]:
    counts = Counter(held.status for held in asset.controls)
    return tuple(-counts[status] for status in _ORDER[:2])


def _e(text: str, longest: int = 600) -> str:
    """Text from anywhere, made plain and escaped."""
    return escape(printable(text, longest))


def _prose(text: str) -> str:
    """The same, of a check's page: what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", _e(text, 2000))


def _time(at: float | datetime) -> str:
    moment = at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    shown = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{shown}</time>'


def _badge(status: Status) -> str:
    mark, word = _WORDS[status]
    return f'<span class="status {status.value}"><span aria-hidden="true">{mark}</span>{word}</span>'


def _count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _summary(controls: Counter[Status]) -> Iterator[str]:
    yield '<section aria-labelledby="items">\n<h2 id="items" class="over">Items of the regulation, by status</h2>\n<ul class="tiles">'
    for status in _ORDER:
        shade = status.value if controls[status] else "zero"
        yield f'<li class="{shade}"><b>{controls[status]}</b> {_WORDS[status][1]}</li>'
    yield '</ul>\n<div class="bar" aria-hidden="true">'
    for status in _ORDER:
        if controls[status]:
            # Widths without inline style, which the content security policy forbids: one element an item.
            yield f'<i class="{status.value}"></i>' * min(controls[status], 200)
    yield "</div>\n</section>\n"


def _index(assets: list[Asset]) -> Iterator[str]:
    yield (
        '<section class="card"><h2>Assets</h2><table><thead><tr><th scope="col">Asset</th>'
        '<th scope="col">Items</th><th scope="col">Last seen</th></tr></thead><tbody>'
    )
    for number, asset in enumerate(assets[:_MOST_LISTED]):
        counts = Counter(held.status for held in asset.controls)
        seen = _time(asset.attempt.succeeded) if asset.attempt.succeeded is not None else "never"
        yield (
            f'<tr><th scope="row">{_link(asset, number)}</th><td>{_tally(counts)}</td><td class="soft">{seen}</td></tr>'
        )
    yield "</tbody></table>"
    if len(assets) > _MOST_LISTED:
        others = Counter(held.status for asset in assets[_MOST_LISTED:] for held in asset.controls)
        yield f'<p class="soft">and {len(assets) - _MOST_LISTED} more, with {_tally(others)}</p>'
    yield "</section>\n"


def _tally(counts: Counter[Status]) -> str:
    return ", ".join(f"{counts[one]} {_WORDS[one][1].lower()}" for one in _ORDER if counts[one])


def _asset(asset: Asset, number: int) -> Iterator[str]:
    standing, findings = asset.standing, asset.findings()
    checks = sum(1 for _ in asset.statuses())
    yield (
        f'<section class="card" id="a{number}" aria-labelledby="h{number}">\n<div class="head">'
        f'<h2 id="h{number}">{_e(asset.name)}</h2><span class="chip">{_e(standing.asset_kind)}</span>'
        f'<span class="soft">{_count(checks, "check")}, read {_time(standing.taken_at)} in {standing.seconds:.1f} s'
        "</span></div>\n"
    )
    if asset.stale:
        yield (
            '<p class="warn">This is too old to count: nothing was read for more than three intervals, so every item is '
            "unseen. What follows is what was found then.</p>\n"
        )
    elif asset.attempt.succeeded != asset.attempt.tried:
        yield f'<p class="warn">The last scan, at {_time(asset.attempt.tried)}, saw nothing of it.</p>\n'
    yield from _controls(asset, findings)
    yield from _failures([one for one in findings if one.status is Status.FAIL])
    yield from _unseen([one for one in findings if one.status is Status.UNKNOWN])
    yield from _waived([one for one in findings if one.status is Status.WAIVED])
    yield from _rest(findings)
    yield "</section>\n"


def _controls(asset: Asset, findings: Iterable[Finding]) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[Status]] = {}
    for finding in findings:
        for cited in finding.check.controls:
            counts.setdefault((cited, finding.check.facet), Counter())[finding.status] += 1
    yield (
        '<table class="controls"><thead><tr><th scope="col">Item</th><th scope="col">Status</th><th scope="col">What it asks for</th>'
        '<th scope="col">Findings</th></tr></thead><tbody>\n'
    )
    for held in sorted(asset.controls, key=lambda one: _ORDER.index(one.status)):
        control = catalog.controls()[held.control]
        own = counts.get((held.control, held.facet), Counter()) + counts.get((control.counts, held.facet), Counter())
        tally = _tally(own)
        title = control.title + (f": {held.facet}" if held.facet else "")
        yield (
            f'<tr><th scope="row">{_e(held.control)}</th><td>{_badge(held.status)}</td>'
            f'<td class="title">{_e(title)}</td><td class="soft">{tally}</td></tr>\n'
        )
    yield "</tbody></table>\n"


def _by_check(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.check.id, []).append(finding)
    return sorted(groups.values(), key=lambda held: (-held[0].check.severity, held[0].check.controls, held[0].check.id))


def _failures(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield "<h3>What failed</h3>\n"
    for held in _by_check(findings):
        check = held[0].check
        yield (
            f'<article class="one f"><h4><span class="severity">{check.severity.label}</span> {_prose(check.title)}</h4>'
            f'<p class="soft"><code>{_e(check.id)}</code> \u00b7 {_e(", ".join(check.controls))}</p>{_reasons(held)}'
            f'<p class="fix"><strong>Fix:</strong> {_prose(check.fix)}</p></article>\n'
        )


def _reasons(findings: list[Finding]) -> str:
    """The reasons, a line each, with the subjects of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        by_reason.setdefault(finding.verdict.reason, []).append(finding.subject)
    lines = []
    for reason, subjects in by_reason.items():
        named = [_e(subject, 120) for subject in subjects if subject]
        more = f" and {len(named) - _SUBJECTS_SHOWN} more" if len(named) > _SUBJECTS_SHOWN else ""
        where = f"<code>{', '.join(named[:_SUBJECTS_SHOWN])}</code>{more}: " if named else ""
        lines.append(where + _e(reason))
    return f"<p>{lines[0]}</p>" if len(lines) == 1 else f"<ul><li>{'</li><li>'.join(lines)}</li></ul>"


def _unseen(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield "<h3>What could not be seen</h3>\n"
    by_reason: dict[str, list[Finding]] = {}
    for finding in findings:
        by_reason.setdefault(finding.verdict.reason, []).append(finding)
    for reason, held in sorted(by_reason.items(), key=lambda pair: -len(pair[1])):
        remedy = remedy_for(reason)
        told = f'<p class="fix"><strong>To see it:</strong> {_prose(remedy)}.</p>' if remedy else ""
        names = ", ".join(f"<code>{_e(one)}</code>" for one in dict.fromkeys(one.check.id for one in held))
        yield f'<article class="one u"><h4>{_e(reason)}</h4>{told}<p class="soft">{names}</p></article>\n'


def _waived(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield "<h3>What failed under a waiver</h3>\n"
    for held in _by_check(findings):
        check, waiver = held[0].check, held[0].waiver
        if waiver is not None:
            yield (
                f'<article class="one w"><h4>{_e(check.title)}</h4><p class="soft"><code>{_e(check.id)}</code></p>'
                f"{_reasons(held)}<p>{_e(waiver.reason)} (instead: {_e(waiver.compensating_control)})</p>"
                f'<p class="soft">Until {waiver.until.isoformat()}, {_e(waiver.owner)}</p></article>\n'
            )


def _rest(findings: Iterable[Finding]) -> Iterator[str]:
    """What passed and what does not apply, folded."""
    worst: dict[str, tuple[str, set[Status]]] = {}
    for finding in findings:
        worst.setdefault(finding.check.id, (finding.check.title, set()))[1].add(finding.status)
    for status, name in ((Status.PASS, "What passed"), (Status.NOT_APPLICABLE, "What does not apply")):
        kept = [
            title for title, held in worst.values() if status in held and not held - {status, Status.NOT_APPLICABLE}
        ]
        if kept:
            lines = "".join(f"<li>{_prose(title)}</li>" for title in kept)
            yield f"<details><summary>{name} ({len(kept)})</summary><ul>{lines}</ul></details>\n"
