"""Whether the kernel may load its drivers for USB disks and sticks."""

import re
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import Files

_DIRECTORIES = ("/lib/modprobe.d/", "/usr/lib/modprobe.d/", "/usr/local/lib/modprobe.d/", "/etc/modprobe.d/")
"""Later ones hide files of the same name in earlier ones (modprobe.d(5))."""


@dataclass(frozen=True)
class UsbStorage(Fact):
    """What modprobe's configuration says of the drivers ``usb_storage`` and ``uas``."""

    blacklisted: frozenset[str] = field(default_factory=frozenset)
    """Drivers that a device plugged in does not load by itself."""
    replaced: frozenset[str] = field(default_factory=frozenset)
    """Drivers in whose place /bin/false or /bin/true is run, also when another driver needs them."""

    @property
    def blocked(self) -> bool:
        """Whether no stick is opened. ``uas`` loads ``usb_storage``, whose blacklist entry does not stop that."""
        return "usb_storage" in self.replaced or (
            "usb_storage" in self.blacklisted and "uas" in self.blacklisted | self.replaced
        )


@collector(Files(*(f"{place}*.conf" for place in _DIRECTORIES)))
def usb_storage(files: dict[str, str] | None) -> UsbStorage:
    """modprobe.d(5): ``blacklist name`` and ``install name command``; dash and underscore in names are the same."""
    effective = {}
    for place in _DIRECTORIES:
        effective.update(
            {path.rsplit("/", 1)[-1]: text for path, text in (files or {}).items() if path.startswith(place)}
        )
    blacklisted, replaced = set(), set()
    for text in effective.values():
        for line in text.replace("\\\n", " ").splitlines():
            words = line.split()
            name = words[1].replace("-", "_") if len(words) > 1 else ""
            if name in {"usb_storage", "uas"} and words[0] == "blacklist":
                blacklisted.add(name)
            elif name in {"usb_storage", "uas"} and words[0] == "install" and re.search(r"/(false|true)$", words[2]):
                replaced.add(name)
    return UsbStorage(frozenset(blacklisted), frozenset(replaced))
