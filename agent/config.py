"""The configuration: one YAML file whose schema is the dataclasses of this module.

Every fault is told at once with its place and a remedy. Secrets are never values, only names of files. Precedence: flag,
``WISPWATCH_*`` variable, file, default.
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent import waivers as waiving
from agent.aws.settings import AwsAccount, AwsAccounts, faults_of_account, faults_of_accounts, is_account
from agent.declarations import PersonalInformation
from agent.discover import Catalogue
from agent.discovery.settings import Discover, faults_of_discover
from agent.errors import ConfigError
from agent.exposition.text import LONGEST
from agent.inventories.settings import Fleet, faults_of_fleet
from agent.printable import printable
from agent.push.settings import Push, faults_of_push
from agent.ssh.settings import SshSettings, faults_of_ssh
from agent.waivers import Waiver
from checks import catalog
from checks.verdict import Severity
from collectors.collector import Platform

DEFAULT_PATHS = (Path("wispwatch.yaml"), Path("/etc/wispwatch/config.yaml"))
_MOST_RESOURCES = 10000
_KINDS_OF_OURS = ("aws_account", Platform.ORGANIZATION.value)


@dataclass(frozen=True)
class Registers:
    """Files that the organization keeps; CSV or YAML each. Paths are relative to the configuration file."""

    roster: Path | None = None
    """People, their accounts and devices."""
    training: Path | None = None
    """Who was trained in what, and when: item 17.04(8)."""
    attestations: Path | None = None
    """What the organization states about items that no machine can see."""

    def paths(self) -> dict[str, Path]:
        """Those that are configured, by name."""
        named = {"roster": self.roster, "training": self.training, "attestations": self.attestations}
        return {name: path for name, path in named.items() if path is not None}


_NO_ACCOUNT, _NO_SSH, _NO_FLEET = AwsAccount(), SshSettings(), Fleet()


@dataclass(frozen=True, slots=True)
class Target:
    """Something to scan. ``kind`` says how it is reached."""

    name: str
    """What reports and metrics call it (the label ``asset``)."""
    kind: str = "local"
    """``local`` (this machine), ``chroot`` (a directory tree), ``shell`` (a command that gives a shell), ``ssh`` (a host over
    SSH), ``fleet`` (many of them, which an inventory lists), ``aws`` (an account) or ``replay``."""
    asset_kind: str = ""
    """``laptop``, ``desktop``, ``server`` ...; empty lets the facts decide."""
    path: Path | None = None
    """The directory of a ``chroot``, or the snapshot of a ``replay``, or a folder of them."""
    command: tuple[str, ...] = ()
    """The words of the command of a ``shell``, e.g. ``[docker, exec, -i, web]``."""
    aws: AwsAccount = _NO_ACCOUNT
    """How the account of an ``aws`` target is reached."""
    ssh: SshSettings = _NO_SSH
    """How the host of an ``ssh`` target, or the hosts of a ``fleet``, are reached."""
    fleet: Fleet = _NO_FLEET
    """Where the hosts of a ``fleet`` are listed."""
    interval: timedelta | None = None
    """How often the daemon scans it; the daemon's ``interval`` where nothing is given."""
    seconds: float = 0.0
    """How long a scan of it may take; 60 for a host and 900 for an AWS account where nothing is given."""

    @property
    def time_limit(self) -> float:
        """Seconds."""
        return self.seconds or (900.0 if self.kind == "aws" else 60.0)

    @property
    def reached(self) -> str:
        """Which machine, account or file it is, and of which kind: where that changes, earlier results are another's."""
        ssh, aws = self.ssh, self.aws
        way = (str(self.path), self.command, ssh.host, ssh.port, ssh.jump, aws.profile, aws.role, aws.via)
        return repr((self.kind, self.asset_kind, *way))

    @property
    def has_members(self) -> bool:
        """Whether it stands for many assets, called ``TARGET/MEMBER``: which there are, only asking tells."""
        folder = self.kind == "replay" and self.path is not None and os.path.isdir(self.path)  # noqa: PTH112 - never raises
        return self.aws.organization or self.kind == "fleet" or folder


@dataclass(frozen=True, slots=True)
class Unasked(Target):
    """A host that is listed and cannot be asked. No setting: inventories make it, so that nothing is silently left out."""

    why: str = ""


@dataclass(frozen=True)
class CheckSettings:
    """What the configuration changes about one check."""

    enabled: bool | None = None
    """Whether it runs; as the check itself says where nothing is given, which is yes for all but costly ones."""
    severity: Severity | None = None
    """Another severity than the check's own."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Thresholds, as ``wispwatch explain CHECK`` lists them."""


@dataclass(frozen=True)
class Daemon:
    """How ``wispwatch run`` works."""

    listen: str = "127.0.0.1:9817"
    """Address and port of ``/metrics`` and the status page."""
    state_dir: Path = Path("/var/lib/wispwatch")
    """Where results and their history are kept."""
    interval: timedelta = timedelta(hours=1)
    """Between two scans of a target."""
    splay: timedelta = timedelta(minutes=5)
    """Scans start at a random moment of at most this after they are due, so that a fleet does not start at once."""
    web_config: Path | None = None
    """TLS and passwords of the listener, in the format of Prometheus' exporter-toolkit."""
    failing_resources: int = 0
    """How many failing resources of AWS accounts at most get a series of their own; none where nothing is given."""
    reload_over_http: bool = False
    """Whether POST /-/reload is answered; SIGHUP always is."""
    textfile_dir: Path | None = None
    """Where metrics are written for node_exporter's textfile collector, too; nowhere where nothing is given."""


@dataclass(frozen=True)
class ClusterFiles:
    """With which ``scan --cluster`` and a cluster of dask.distributed know each other: files in PEM."""

    ca_file: Path | None = None
    """The authority of the cluster's certificates."""
    certificate_file: Path | None = None
    """Our own certificate."""
    key_file: Path | None = None
    """Its private key."""


@dataclass(frozen=True)
class Config:
    """Everything that can be configured."""

    asset: str = ""
    """What this machine is called; its host name where nothing is given."""
    asset_kind: str = ""
    """What this machine is (``laptop``, ``server`` ...); empty lets the facts decide."""
    frameworks: tuple[str, ...] = ("201-cmr-17.04", "201-cmr-17.03")
    """The regulations to judge by; ``965-cmr-3.04`` can be added."""
    registers: Registers = field(default_factory=Registers)
    personal_information: PersonalInformation = field(default_factory=PersonalInformation)
    discover: Discover = field(default_factory=Discover)
    """Where personal information is looked for."""
    aws: AwsAccounts = field(default_factory=AwsAccounts)
    ssh: SshSettings = field(default_factory=SshSettings)
    """How all hosts over SSH are reached, where their targets do not say it."""
    targets: tuple[Target, ...] = ()
    """What to scan; this machine where nothing is given."""
    checks: Mapping[str, CheckSettings] = field(default_factory=dict)
    """By id of the check."""
    waivers: tuple[Waiver, ...] = ()
    """Documented exceptions."""
    daemon: Daemon = field(default_factory=Daemon)
    push: Push = field(default_factory=Push)
    """Where the daemon pushes its metrics to; nowhere where nothing is given."""
    cluster: ClusterFiles = field(default_factory=ClusterFiles)
    log_level: str = "info"
    """``debug``, ``info``, ``warning`` or ``error``."""
    log_format: str = "logfmt"
    """``logfmt`` or ``json``."""

    @property
    def chosen_frameworks(self) -> frozenset[str]:
        """As the catalogue takes them."""
        return frozenset(self.frameworks)

    @property
    def named_checks(self) -> set[str]:
        """The checks that anything here is said about."""
        return {*self.checks, *(waiver.check for waiver in self.waivers if waiver.check)}

    def all_targets(self) -> tuple[Target, ...]:
        """The targets, or this machine alone."""
        return self.targets or (self.this_machine(),)

    def this_machine(self) -> Target:
        """The target that this machine is when none is named."""
        return Target(name=self.asset or socket.gethostname() or "localhost", asset_kind=self.asset_kind)


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration: the given file, ``WISPWATCH_CONFIG``, or the first of the usual places that is there;
    the defaults where none is. ``ConfigError`` tells every fault at once.
    """
    named = path or (Path(environment["WISPWATCH_CONFIG"]) if environment.get("WISPWATCH_CONFIG") else None)
    try:
        named = named or next((usual for usual in DEFAULT_PATHS if usual.is_file()), None)
    except OSError as fault:
        raise ConfigError(
            f"{fault.filename}: {fault.strerror}; run it as root, or name another file with --config"
        ) from fault
    return _from_environment(_read(named) if named else Config(), environment)


def _read(path: Path) -> Config:
    from agent.binding import Binder, BindingError  # noqa: PLC0415 - only a configured scan pays for YAML

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise ConfigError(f"{path}: {fault.strerror}; name another file with --config") from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {fault.start})") from fault
    try:
        bound = Binder(path).bind(text, Config)
    except BindingError as faults:
        raise ConfigError(str(faults)) from faults
    if not isinstance(bound, Config):
        raise ConfigError(f"{path}: is no configuration")
    return bound


def _from_environment(config: Config, environment: Mapping[str, str]) -> Config:
    daemon = config.daemon
    if listen := environment.get("WISPWATCH_LISTEN"):
        daemon = replace(daemon, listen=listen)
    state = environment.get("WISPWATCH_STATE_DIR") or environment.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        daemon = replace(daemon, state_dir=Path(state))
    asset = environment.get("WISPWATCH_ASSET") or config.asset
    level = environment.get("WISPWATCH_LOG_LEVEL") or config.log_level
    return replace(config, daemon=daemon, asset=asset, log_level=level)


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
    if target.asset_kind in _KINDS_OF_OURS:
        yield "asset_kind: aws_account and organization are what those are called; leave it out or choose another"


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
    if target.asset_kind and (target.kind == "aws" or target.asset_kind in _KINDS_OF_OURS):
        yield f"{place}.asset_kind: aws_account and organization are what those are called; leave it out or choose another"
    if target.interval is not None and target.interval < timedelta(seconds=1):
        yield f"{place}.interval: must be at least 1s"
    if not 0 <= target.seconds < float("inf"):
        yield f"{place}.seconds: must be a number that is more than 0"


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


def settings_of(config: Config) -> dict[str, dict[str, Any]]:
    """The thresholds that hold: what the chosen frameworks ask for, then what the configuration says."""
    chosen: dict[str, dict[str, Any]] = {}
    for control in catalog.leaves(config.chosen_frameworks):
        for check, setting, value in control.settings:
            chosen.setdefault(check, {})[setting] = value
    for check, own in config.checks.items():
        chosen.setdefault(check, {}).update(own.settings)
    return chosen


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
