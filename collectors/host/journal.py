"""The systemd journal: where it is kept and for how long."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import Files, Mode, Stat

_DIRECTORIES = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/etc/systemd")
"""Later ones hide files of the same name in earlier ones (systemd-system.conf.d(5)); /lib is read as /usr/lib."""

_UNITS = {
    "us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800, "M": 2629800, "month": 2629800, "months": 2629800,
    "y": 31557600, "year": 31557600, "years": 31557600,
}  # fmt: skip
"""Seconds of each unit of systemd.time(7)."""


@dataclass(frozen=True)
class Journal(Fact):
    """journald.conf with its drop-ins."""

    settings: Mapping[str, str] = field(default_factory=dict)
    """Keyword in lower case to the last value given."""
    directory: bool = False
    """Whether /var/log/journal is there."""

    @property
    def storage(self) -> str:
        """``volatile``, ``persistent``, ``auto`` or ``none``."""
        return self.settings.get("storage", "") or "auto"

    @property
    def persistent(self) -> bool:
        """Whether it is kept over a reboot."""
        return self.storage == "persistent" or (self.storage == "auto" and self.directory)

    @property
    def kept_days(self) -> float | None:
        """Days after which entries are deleted; None where only the space on the disk ends them."""
        seconds = _seconds(self.settings.get("maxretentionsec", "") or "0")
        return seconds / 86400 if seconds else None


@collector(
    Stat("/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald", "/var/log/journal"),
    Files(
        *(f"{place}/journald.conf{ending}" for place in ("/lib/systemd", *_DIRECTORIES) for ending in ("", ".d/*.conf"))
    ),
)
def journal(found: tuple[Mode, ...], files: dict[str, str] | None) -> Journal:
    """journald.conf(5): one main file, the first of /etc, /usr/local/lib, /usr/lib; then all drop-ins by their file name,
    whatever directory they are in, a later assignment winning.
    """
    if not any(one.path.endswith("journald") for one in found):
        raise ValueError("a journal without journald")
    main: dict[str, str] = {}
    drop_ins: dict[str, str] = {}
    for place in ("/lib/systemd", *_DIRECTORIES):
        for path, text in (files or {}).items():
            if path == f"{place}/journald.conf":
                main = {"": text}
            elif path.startswith(f"{place}/journald.conf.d/"):
                drop_ins[path.rsplit("/", 1)[-1]] = text
    settings: dict[str, str] = {}
    for text in (*main.values(), *(text for _, text in sorted(drop_ins.items()))):
        settings.update(_section(text))
    made = Journal(settings, any(one.path == "/var/log/journal" and one.kind == "directory" for one in found))
    if made.storage not in {"volatile", "persistent", "auto", "none"}:
        raise ValueError("Storage= is none of the four")
    _ = made.kept_days
    return made


def _section(text: str) -> dict[str, str]:
    settings = {}
    section = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped
        elif section == "[Journal]" and "=" in stripped and stripped[0] not in "#;":
            keyword, _, value = stripped.partition("=")
            settings[keyword.strip().lower()] = value.strip()
    return settings


def _seconds(span: str) -> float:
    """A time span of systemd.time(7), e.g. ``1month 2d``; a bare number is seconds."""
    if span == "infinity":
        return 0
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", span)
    if not parts or re.sub(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)|\s", "", span):
        raise ValueError("not a time span")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
