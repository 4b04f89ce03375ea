"""Dropbear, the small SSH server: its options as its unit, its init script or OpenWrt's configuration gives them."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

_FILES = excerpt(
    "dropbear",
    *("/etc/systemd/system/dropbear*.service", "/lib/systemd/system/dropbear*.service"),
    *("/usr/lib/systemd/system/dropbear*.service", "/etc/systemd/system/dropbear*.service.d/*.conf"),
    *("/etc/default/dropbear", "/etc/conf.d/dropbear", "/etc/config/dropbear"),
    awk=r"""
{ line = line $0 }
/\\$/ { sub(/\\$/, " ", line); next }
line ~ /^(ExecStart|Environment)=/ { out(line) }
line ~ /^DROPBEAR_(PORT|RECEIVE_WINDOW|EXTRA_ARGS|OPTS)=/ { out(line) }
line ~ /^[ \t]*(config[ \t]+.?dropbear|option[ \t]+.?(PasswordAuth|RootPasswordAuth|RootLogin|Port|enable|MaxAuthTries))/ { out(line) }
{ line = "" }
""",
    needs="dropbear",
)
_WITH_VALUE = frozenset("brpPTWKIcGDSdlu")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class DropbearServer:
    """One server (dropbear(8))."""

    place: str = "dropbear.service"
    """The unit or the file that it is configured by."""
    root: bool = True
    """Whether root may log in."""
    passwords: bool = True
    """Whether passwords are taken."""
    root_password: bool = True
    """Whether root's password is taken, where passwords are and root may log in."""
    blank: bool = False
    """Whether accounts without a password are let in."""
    both: bool = False
    """Whether a key and a password are asked for."""
    addresses: tuple[str, ...] = ("22",)
    """``port`` or ``address:port``."""

    @property
    def only_loopback(self) -> bool:
        """Whether it listens on loopback alone."""
        return all(one.startswith(("127.", "[::1]:", "localhost:")) for one in self.addresses)


@dataclass(frozen=True)
class Dropbear(Fact):
    """The servers that are configured; which of them are started is not known here."""

    servers: tuple[DropbearServer, ...] = ()

    @staticmethod
    def of(*servers: DropbearServer) -> "Dropbear":
        """An example."""
        return Dropbear(servers)


@collector(_FILES)
def dropbear(text: str) -> Dropbear:
    """A unit with its drop-ins, else the init script's settings; OpenWrt's configuration has a section for each server."""
    files = by_file(text)
    found = [server for unit, lines in _units(files).items() for server in _of_unit(unit, lines, files)]
    if "/etc/config/dropbear" in files:
        found += _of_openwrt(files["/etc/config/dropbear"])
    for path, name in (("/etc/default/dropbear", "DROPBEAR_EXTRA_ARGS"), ("/etc/conf.d/dropbear", "DROPBEAR_OPTS")):
        if not found and path in files:
            values = dict(_assigned(files[path]))
            port = ["-p", values["DROPBEAR_PORT"]] if values.get("DROPBEAR_PORT") else []
            found.append(_server("dropbear.service", [*port, *shlex.split(values.get(name, ""))]))
    return Dropbear(tuple(found))


def _units(files: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Name of unit to its lines: the administrator's file hides the vendor's, and drop-ins come after."""
    units: dict[str, list[str]] = {}
    for path in files:
        if path.endswith(".service"):
            units.setdefault(path.rsplit("/", 1)[-1], list(files[path]))
    for path in sorted(files, key=lambda path: path.rsplit("/", 1)[-1]):
        unit = path.rsplit("/", 2)[-2].removesuffix(".d")
        if path.endswith(".conf") and unit in units:
            units[unit] += files[path]
    return units


def _assigned(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition("=")
        yield name.strip(), " ".join(shlex.split(value))


def _of_unit(unit: str, lines: list[str], files: Mapping[str, list[str]]) -> Iterator[DropbearServer]:
    values: dict[str, str] = {}
    command = ""
    for line in lines:
        key, _, value = line.partition("=")
        if key == "Environment":
            values.update(_assigned(shlex.split(value)))
        else:
            command = value.lstrip("-@:+!").strip()
    for path in ("/etc/default/dropbear", "/etc/conf.d/dropbear"):
        values.update(_assigned(files.get(path, [])))
    program, _, rest = command.partition(" ")
    if program.endswith("/dropbear"):
        written = _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), rest)
        yield _server(unit, shlex.split(written))


def _server(place: str, words: list[str]) -> DropbearServer:
    """Options as getopt-less dropbear reads them: letters may stand together, a value behind its letter or as next word."""
    letters: set[str] = set()
    addresses: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            continue
        for index, letter in enumerate(word[1:], start=2):
            letters.add(letter)
            if letter in _WITH_VALUE:
                value = word[index:] or next(rest, "")
                addresses += [value] if letter == "p" else []
                break
    return DropbearServer(
        place,
        root="w" not in letters,
        passwords="s" not in letters,
        root_password="g" not in letters,
        blank="B" in letters,
        both="t" in letters,
        addresses=tuple(addresses) or ("22",),
    )


def _of_openwrt(lines: list[str]) -> list[DropbearServer]:
    """UCI: a section for each server; what is not said is on."""
    sections: list[dict[str, str]] = []
    for line in lines:
        words = shlex.split(line)
        if words[0] == "config":
            sections.append({})
        else:
            sections[-1][words[1]] = words[2].lower()

    def on(section: dict[str, str], name: str) -> bool:
        return section.get(name, "1") in {"1", "on", "yes", "true", "enabled"}

    return [
        DropbearServer(
            "/etc/config/dropbear",
            root=on(one, "RootLogin"),
            passwords=on(one, "PasswordAuth"),
            root_password=on(one, "RootPasswordAuth"),
            addresses=(one.get("Port", "22"),),
        )
        for one in sections
        if on(one, "enable")
    ]
