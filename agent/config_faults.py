"""What a configuration asks for that does not exist or does not fit together: each fault names its key."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from agent import waivers as waiving
from agent.asset_kinds import why_no_kind
from agent.aws.settings import AwsAccount, faults_of_account, faults_of_accounts, is_account
from agent.config import CheckSettings, Config, Target
from agent.discover import Catalogue
from agent.discovery.settings import faults_of_discover
from agent.exposition.text import LONGEST
from agent.inventories.settings import Fleet, faults_of_fleet
from agent.printable import printable
from agent.push.settings import faults_of_push
from agent.ssh.settings import SshSettings, faults_of_ssh
from checks import catalog
from collectors.collector import Platform

_MOST_RESOURCES = 10_000
_NO_ACCOUNT, _NO_FLEET, _NO_SSH = AwsAccount(), Fleet(), SshSettings()


def faults(config: Config, catalogue: Catalogue) -> list[str]:
    """What a configuration asks for that does not exist, one sentence each."""
    ids = {check.id for check in catalogue.checks}
    found = [
        f"frameworks: there is no framework {name!r}; known: {', '.join(sorted(catalog.frameworks()))}"
        for name in config.frameworks
        if name not in catalog.frameworks()
    ]
    if not config.frameworks:
        found.append("frameworks: is empty, and nothing would be checked; leave the line out for the defaults")
    found += _target_faults(config.targets)
    if not config.targets:
        found += _faults_of_this_machine(config.this_machine())
    found += faults_of_ssh("ssh", config.ssh)
    if config.ssh.host:
        found.append("ssh.host: is for one target; these are the defaults of all")
    for name, chosen in config.checks.items():
        if name not in ids:
            found.append(f"checks.{name}: there is no such check{_nearest(name, sorted(ids))}")
            continue
        check = next(check for check in catalogue.checks if check.id == name)
        found += _setting_faults(name, chosen, {one.name: one.default for one in check.settings})
    found += faults_of_accounts(config.aws)
    found += config.personal_information.faults()
    found += faults_of_discover("discover", config.discover)
    found += waiving.faults(config.waivers, frozenset(ids))
    for key, value, known in (
        ("log_level", config.log_level, ("debug", "info", "warning", "error")),
        ("log_format", config.log_format, ("logfmt", "json")),
    ):
        if value not in known:
            found.append(f"{key}: {value!r} is none of {', '.join(known)}")
    _, colon, port = config.daemon.listen.rpartition(":")
    if not (colon and port.isdigit() and int(port) < 65536):
        found.append(f"daemon.listen: {config.daemon.listen!r} is no address and port such as 127.0.0.1:9817")
    if not 0 <= config.daemon.failing_resources <= _MOST_RESOURCES:
        found.append(f"daemon.failing_resources: must be from 0 to {_MOST_RESOURCES}: each is a series")
    if config.daemon.interval < timedelta(seconds=1):
        found.append("daemon.interval: must be at least 1s")
    found += faults_of_push("push", config.push)
    return found


def _faults_of_this_machine(target: Target) -> Iterator[str]:
    """What cannot be said of the one target that there is where none is configured."""
    if target.name == Platform.ORGANIZATION:
        yield f"asset: {target.name!r} is what the organization itself is called in reports; choose another"
    if why := why_no_kind(target.asset_kind):
        yield f"asset_kind: {target.asset_kind!r} {why}"


def _target_faults(targets: Sequence[Target]) -> list[str]:
    found = []
    needs = {"local": "", "chroot": "path", "replay": "path", "shell": "command", "ssh": "", "fleet": "", "aws": ""}
    names: set[str] = set()
    for index, target in enumerate(targets):
        place = f"targets[{index}]"
        if target.kind not in needs:
            found.append(f"{place}.kind: {target.kind!r} is none of {', '.join(needs)}")
        elif needs[target.kind] and not getattr(target, needs[target.kind]):
            found.append(f"{place}.{needs[target.kind]}: is missing; a target of kind {target.kind} needs it")
        found += _own_faults(place, target)
        if target.name == Platform.ORGANIZATION:
            found.append(
                f"{place}.name: {target.name!r} is what the organization itself is called in reports; choose another"
            )
        shown = printable(target.name, LONGEST)
        if shown in names:
            found.append(f"{place}.name: {target.name!r} is the name of an earlier target, as metrics show it")
        names.add(shown)
    found += _faults_of_names([one.name for one in targets], {one.name: one.kind for one in targets if one.has_members})
    return found


def _own_faults(place: str, target: Target) -> Iterator[str]:
    """What does not fit in one target."""
    if not target.name:
        yield f"{place}.name: is empty"
    yield from _faults_of_the_way(place, target)
    if why := why_no_kind(target.asset_kind):
        yield f"{place}.asset_kind: {target.asset_kind!r} {why}"
    elif target.asset_kind and target.kind == "aws":
        yield f"{place}.asset_kind: an account is of the kind aws_account; leave it out"
    if target.interval is not None and target.interval < timedelta(seconds=1):
        yield f"{place}.interval: must be at least 1s"
    if not 0 <= target.seconds < float("inf"):
        yield f"{place}.seconds: must be a number that is more than 0"


def _faults_of_the_way(place: str, target: Target) -> Iterator[str]:
    """What is said of how it is reached, and is about another kind of target."""
    if target.kind == "aws":
        yield from faults_of_account(f"{place}.aws", target.aws)
    elif target.aws != _NO_ACCOUNT:
        yield f"{place}.aws: is for a target of kind aws, and this one is of kind {target.kind}"
    if target.kind == "fleet":
        yield from faults_of_fleet(f"{place}.fleet", target.fleet)
        if target.ssh.host:
            yield f"{place}.ssh.host: is for one host; these are the settings of a whole fleet"
    elif target.fleet != _NO_FLEET:
        yield f"{place}.fleet: is for a target of kind fleet, and this one is of kind {target.kind}"
    if target.kind in {"ssh", "fleet"}:
        yield from faults_of_ssh(f"{place}.ssh", target.ssh)
    elif target.ssh != _NO_SSH:
        yield f"{place}.ssh: is for a target of kind ssh or fleet, and this one is of kind {target.kind}"


def _setting_faults(name: str, chosen: CheckSettings, defaults: Mapping[str, Any]) -> list[str]:
    found = []
    for key, value in chosen.settings.items():
        place = f"checks.{name}.settings.{key}"
        if key not in defaults:
            known = f"; known here: {', '.join(sorted(defaults))}" if defaults else "; it has none"
            found.append(f"{place}: is no setting of this check{_nearest(key, sorted(defaults)) or known}")
        elif not _fits(value, defaults[key]):
            found.append(f"{place}: {value!r} must be of the kind of its default, {defaults[key]!r}")
    return found


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _nearest(name: str, known: Sequence[str]) -> str:
    import difflib  # noqa: PLC0415 - only a fault pays for it

    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _faults_of_names(names: Sequence[str], kinds: Mapping[str, str]) -> Iterator[str]:
    """Targets that are called as a member of another target will be; ``kinds`` are those of the targets that have members."""
    for index, name in enumerate(names):
        above, _, member = name.rpartition("/")
        if kinds.get(above) == "aws" and is_account(member):
            what = f"an account of the organization {above!r} is called"
        elif kinds.get(above) == "fleet":
            what = f"a host of the fleet {above!r} may be called"
        else:
            continue
        yield f"targets[{index}].name: {name!r} is what {what}; choose another"
