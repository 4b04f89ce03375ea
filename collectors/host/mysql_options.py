"""What a MariaDB or MySQL server was told to do: its option files, and the arguments of its processes.

The rules are those of the servers themselves: files in a fixed order, the last of an option wins, includes stand in place,
an underscore is a dash, a name may be cut short, a file that everybody may write to is passed over, arguments come last.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from collectors.host.excerpt import by_file
from collectors.host.mysql_option_files import ORDER

_NAMES = {
    "skip-grant-tables": 7,
    "skip-networking": 8,
    "bind-address": 6,
    "require-secure-transport": 9,
    "tls-version": 5,
    "ssl": 3,
    "ssl-cert": 6,
    "ssl-key": 5,
    "ssl-ca": 6,
    "ssl-capath": 7,
    "ssl-cipher": 6,
    "ssl-crl": 7,
    "ssl-crlpath": 8,
    "datadir": 5,
    "mysqlx": 6,
    "mysqlx-bind-address": 13,
}
"""The options that count, and how many characters of a name are enough; the exact name goes first."""
_FLAGS = {
    "skip-grant-tables": ("skips_grants", True),
    "skip-networking": ("networking", False),
    "require-secure-transport": ("requires_tls", True),
    "ssl": ("tls", True),
}
"""Switches: the field, and whether it says what the switch says."""
_ON, _OFF = {"1", "on", "true", "yes"}, {"0", "off", "false", "no"}


@dataclass(frozen=True, slots=True)
class Options:
    """What one server was told; what it was not told is its default."""

    product: str = "MariaDB"
    running: bool = False
    skips_grants: bool = False
    networking: bool = True
    addresses: tuple[str, ...] = ()
    requires_tls: bool = False
    certificate: bool = False
    """Whether a certificate is named."""
    tls: bool = True
    """False where it was told to do without."""
    tls_versions: tuple[str, ...] = ()
    x_protocol: bool | None = None
    """Whether MySQL's X Protocol, which has a port of its own, listens beyond loopback; None where nothing was said."""
    datadir: str = "/var/lib/mysql"


def servers(text: str, version: tuple[int, ...]) -> tuple[Options, ...]:
    """One for each process, or the one that the files describe where none runs; none where nothing was said, which means
    that no server is installed.
    """
    files = by_file(text)
    product = "".join(files.pop("product", []))
    ignored = set(files.pop("ignored", []))
    persisted = [line.replace("_", "-", 3) for line in files.pop("persisted", [])]
    processes = _processes(files.pop("process", []))
    if not product:
        if files:
            raise ValueError("option files without a product")
        return ()
    kept = {path: [] if path in ignored else lines for path, lines in files.items()}
    if not processes:
        return (_told([*_from_files(ORDER, kept, product, version, ""), *persisted], product),)
    return tuple(
        replace(_told([*_before(arguments, kept, product, version), *arguments, *persisted], product), running=True)
        for arguments in processes
    )


def _processes(lines: Iterable[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("begin "):
            found.append([])
        else:
            found[-1].append(line)
    return found


def _before(
    arguments: list[str], files: Mapping[str, list[str]], product: str, version: tuple[int, ...]
) -> Iterator[str]:
    """What the files say to a process with these arguments."""
    said = dict(one.partition("=")[::2] for one in arguments)
    if "no-defaults" in said:
        return
    order = (said["defaults-file"],) if "defaults-file" in said else (*ORDER, said.get("defaults-extra-file", ""))
    for path in order[-1:] if "defaults-file" in said or order[-1] else ():
        if path not in files:
            raise LookupError("an option file that was not read")
    yield from _from_files(
        [one for one in order if one], files, product, version, said.get("defaults-group-suffix", "")
    )


def _from_files(
    order: Iterable[str], files: Mapping[str, list[str]], product: str, version: tuple[int, ...], suffix: str
) -> list[str]:
    if suffix:
        raise LookupError("groups with a suffix were not read")
    found = []
    for path in order:
        for line in _whole(path, files, 0) if path in files else ():
            group, _, option = line.partition(" ")
            if _is_read(group, product, version):
                found.append(option)
    return found


def _whole(path: str, files: Mapping[str, list[str]], depth: int) -> Iterator[str]:
    """A file's ``GROUP OPTION`` lines, includes put in place, in the order of their names."""
    if depth > 10:
        raise RecursionError("includes in a circle")
    for line in files[path]:
        keyword, _, rest = line.partition(" ")
        if keyword == "option":
            yield rest
        elif keyword == "includedir":
            folder = rest.strip().rstrip("/")
            if not re.fullmatch(r"/etc/my\.cnf\.d|/etc/mysql(/[^/]+\.d)?", folder):
                raise LookupError("an include that was not read")
            for one in sorted(one for one in files if one.rpartition("/")[0] == folder and one.endswith(".cnf")):
                yield from _whole(one, files, depth + 1)
        elif keyword == "include":
            yield from _whole(rest.strip(), files, depth + 1)
        else:
            raise ValueError("not a line of an option file")


def _is_read(group: str, product: str, version: tuple[int, ...]) -> bool:
    name, _, only = group.partition("-")
    if product != "MariaDB" and name not in ("mysqld", "server"):
        return False
    if not only:
        return True
    if not version:
        raise LookupError("whether a group is of this version is not known")
    return tuple(int(part) for part in only.split(".")) == version[:2]


def _told(arguments: Iterable[str], product: str) -> Options:
    """The last of an option wins."""
    told = Options(product)
    files: dict[str, str] = {}
    for one in arguments:
        name, _, value = one.partition("=")
        if name.startswith(("no-defaults", "defaults-")):
            continue
        stem, on = _meant(name)
        if stem in _FLAGS:
            field, as_said = _FLAGS[stem]
            said: dict[str, Any] = {field: (_flag(value, one) == on) == as_said}
            told = replace(told, **said)
            continue
        match stem:
            case "bind-address":
                told = replace(told, addresses=_addresses(value))
            case "mysqlx":
                told = replace(told, x_protocol=None if _flag(value, one) == on else False)
            case "mysqlx-bind-address":
                told = replace(told, x_protocol=reachable(_addresses(value)))
            case "tls-version":
                versions = tuple(part.strip() for part in value.split(",") if part.strip())
                told = replace(told, tls_versions=versions)
            case "datadir":
                told = replace(told, datadir=value.rstrip("/"))
            case _:
                files[stem] = value
    if product == "MySQL" and told.datadir != "/var/lib/mysql":
        raise LookupError("a data directory that was not read")
    return replace(told, certificate=bool(files.get("ssl-cert") and files.get("ssl-key")))


def _meant(name: str) -> tuple[str, bool]:
    """The option's whole name, and whether it is switched on by being given."""
    full = _full(name)
    if full:
        return full, True
    prefix, _, rest = name.partition("-")
    stem = _full(rest)
    if prefix not in ("skip", "disable", "enable") or not stem:
        raise ValueError("not an option that counts")
    return stem, prefix == "enable"


def _full(name: str) -> str:
    if name in _NAMES:
        return name
    return next((full for full, least in _NAMES.items() if full.startswith(name) and len(name) >= least), "")


def _flag(value: str, whole: str) -> bool:
    if "=" not in whole or value.lower() in _ON:
        return True
    if value.lower() in _OFF:
        return False
    raise ValueError("neither on nor off")


def reachable(addresses: tuple[str, ...]) -> bool:
    """Whether other machines reach one of them; none stands for every address. A host name is not understood."""
    for one in addresses:
        if not (one == "localhost" or ":" in one or one.replace(".", "").isdigit()):
            raise ValueError("a host name instead of an address")
    local = ("::1", "::ffff:127.0.0.1", "localhost")
    return not (addresses and all(one in local or one.startswith("127.") for one in addresses))


def _addresses(value: str) -> tuple[str, ...]:
    """``*`` is every address, which an empty tuple says; a network namespace behind a slash is left out."""
    found = tuple(part.strip().partition("/")[0] for part in value.split(",") if part.strip())
    return () if "*" in found else found
