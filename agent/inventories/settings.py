"""Where the hosts of a fleet are listed, as the configuration says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FORMATS = ("wispwatch", "openssh", "ansible", "prometheus", "ec2")
_CERTAIN = {".ini": "ansible"}
"""Formats that a file's name tells for certain. YAML and JSON may be of several."""
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Ec2:
    """Instances of an AWS account; credentials are boto3's own."""

    profile: str = ""
    """Profile of boto3's configuration; its default chain where nothing is given."""
    regions: tuple[str, ...] = ()
    """The profile's region where nothing is given."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Only instances that have all of these tags; values are patterns."""
    address: str = "private"
    """``private`` or ``public``: which address is connected to."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Hosts that an inventory lists. Each is an asset of its own, called ``TARGET/HOST``."""

    format: str = ""
    """``wispwatch`` (our YAML), ``openssh``, ``ansible``, ``prometheus`` or ``ec2``. May be left out where the rest tells it:
    of a file that ends in ``.ini``, a ``url``, or ``ec2``."""
    file: Path | None = None
    """The inventory, as a file."""
    url: str = ""
    """The inventory, as a document on the web: of ``prometheus`` (http_sd) only."""
    token_file: Path | None = None
    """File whose first line is the bearer token that the document asks for."""
    ca_file: Path | None = None
    """Certificates of the authorities that the document's server is trusted by; the system's where nothing is given."""
    ec2: Ec2 = field(default_factory=Ec2)
    groups: tuple[str, ...] = ()
    """Only hosts of these groups: patterns. All where nothing is given."""
    include: tuple[str, ...] = ()
    """Only hosts of these names: patterns. All where nothing is given."""
    exclude: tuple[str, ...] = ()
    """Not hosts of these names: patterns."""

    @property
    def known_format(self) -> str:
        """The format that is given, or that is certain without; empty where neither is."""
        if self.format:
            return self.format
        if self.url:
            return "prometheus"
        if self.file is not None:
            return _CERTAIN.get(self.file.suffix.lower(), "")
        return "ec2" if self.ec2 != Ec2() else ""


def faults_of_fleet(place: str, fleet: Fleet) -> Iterator[str]:
    """What does not fit, one sentence each; ``place`` is where the settings stand. Pure: no file is looked at."""
    form = fleet.known_format
    if not form:
        yield f"{place}.format: is missing; give one of {', '.join(FORMATS)}"
        return
    if form not in FORMATS:
        yield f"{place}.format: {form!r} is none of {', '.join(FORMATS)}"
        return
    if form == "ec2":
        yield from _ec2_faults(place, fleet.ec2)
    elif fleet.ec2 != Ec2():
        yield f"{place}.ec2: is for the format ec2, and this one is {form}"
    yield from _source_faults(place, form, fleet)
    for name in ("token_file", "ca_file"):
        if getattr(fleet, name) is not None and not fleet.url:
            yield f"{place}.{name}: is for a document on the web; give its url"
    for name in ("groups", "include", "exclude"):
        if "" in getattr(fleet, name):
            yield f"{place}.{name}[{getattr(fleet, name).index('')}]: is empty, and fits nothing"


def _source_faults(place: str, form: str, fleet: Fleet) -> Iterator[str]:
    if fleet.file is not None and form == "ec2":
        yield f"{place}.file: an inventory of format ec2 has no file; AWS is asked"
    if fleet.url and form != "prometheus":
        yield f"{place}.url: only an inventory of format prometheus can be on the web; name a file"
    elif fleet.url and fleet.file is not None:
        yield f"{place}.url: and file exclude each other"
    elif fleet.url and (fault := fault_of_url(fleet.url)):
        yield f"{place}.url: {fault}"
    if fleet.file is None and not fleet.url and form != "ec2":
        yield f"{place}.file: is missing; an inventory of format {form} needs it{' or a url' if form == 'prometheus' else ''}"


def _ec2_faults(place: str, settings: Ec2) -> Iterator[str]:
    if settings.address not in {"private", "public"}:
        yield f"{place}.ec2.address: {settings.address!r} is none of private, public"
    for index, region in enumerate(settings.regions):
        if not region or not all(one.isascii() and (one.isalnum() or one == "-") for one in region):
            yield f"{place}.ec2.regions[{index}]: {region!r} is no region such as us-east-1"


def fault_of_url(url: str) -> str:
    """Why a document is not fetched from there; empty where it may be. What is fetched says where we log in."""
    import urllib.parse  # noqa: PLC0415 - only a fleet that is on the web pays for it

    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        return "is no URL: it has other characters than printable ASCII, or too many"
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError as fault:
        return f"is no URL: {fault}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "is no URL such as https://sd.example.com/hosts"
    if parts.username is not None or parts.password is not None:
        return "must not hold an account or a password; name a token_file"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "is http, which anybody on the way can change, and what it lists is logged in to; use https"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host of an address is this machine."""
    import ipaddress  # noqa: PLC0415 - same

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
