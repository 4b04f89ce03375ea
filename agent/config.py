"""The configuration: one YAML file whose schema is the dataclasses of this module.

Every fault is told at once with its place and a remedy. Secrets are never values, only names of files. Precedence: flag,
``WISPWATCH_*`` variable, file, default.
"""

import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.aws.settings import AwsAccount, AwsAccounts
from agent.declarations import PersonalInformation
from agent.discovery.settings import Discover
from agent.errors import ConfigError
from agent.inventories.settings import Fleet
from agent.push.settings import Push
from agent.ssh.settings import SshSettings
from agent.waivers import Waiver
from checks import catalog
from checks.verdict import Severity

DEFAULT_PATHS = (Path("wispwatch.yaml"), Path("/etc/wispwatch/config.yaml"))


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
        named = named or next(filter(_is_there, DEFAULT_PATHS), None)
    except OSError as fault:
        raise ConfigError(
            f"{fault.filename}: {fault.strerror}; run it as root, or name another file with --config"
        ) from fault
    return _from_environment(_read(named) if named else Config(), environment)


def _is_there(path: Path) -> bool:
    """``OSError`` where nobody can tell, as in a folder that is closed to this account: what is there may say otherwise."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


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


def settings_of(config: Config) -> dict[str, dict[str, Any]]:
    """The thresholds that hold: what the chosen frameworks ask for, then what the configuration says."""
    chosen: dict[str, dict[str, Any]] = {}
    for control in catalog.leaves(config.chosen_frameworks):
        for check, setting, value in control.settings:
            chosen.setdefault(check, {})[setting] = value
    for check, own in config.checks.items():
        chosen.setdefault(check, {}).update(own.settings)
    return chosen
