"""Where the hosts of a fleet are listed, as the configuration says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Fleet:
    """Hosts that an inventory lists. Each is an asset of its own, called ``TARGET/HOST``."""

    format: str = ""
    """``wispwatch`` (our YAML), ``openssh``, ``ansible``, ``prometheus`` or ``ec2``."""
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
