"""sshd_config and what it includes, read as sshd reads it (sshd_config(5)); and what sshd does where nothing is said."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

MAIN = "/etc/ssh/sshd_config"
PLACES = (
    MAIN,
    "/etc/ssh/sshd_config.d/*.conf",
    "/usr/etc/ssh/sshd_config",
    "/usr/etc/ssh/sshd_config.d/*.conf",
    "/etc/crypto-policies/back-ends/opensshserver.config",
    "/etc/ssh/sshd_config?*",
)
"""Where Debian, SUSE and Red Hat keep it; Red Hat's drop-in includes the fifth; other servers on one host have the last."""
_DEEPEST = 16
_LINE = re.compile(r"^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIMES = ("logingracetime", "clientaliveinterval")
_DEFAULTS = {
    "authenticationmethods": "any",
    "authorizedkeyscommand": "none",
    "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
    "clientalivecountmax": "3",
    "clientaliveinterval": "0",
    "forcecommand": "none",
    "hostbasedauthentication": "no",
    "ignorerhosts": "yes",
    "kbdinteractiveauthentication": "yes",
    "logingracetime": "120",
    "maxauthtries": "6",
    "maxstartups": "10:30:100",
    "passwordauthentication": "yes",
    "permitemptypasswords": "no",
    "port": "22",
    "pubkeyauthentication": "yes",
    "trustedusercakeys": "none",
    "usepam": "no",
    "x11forwarding": "no",
}
"""The same in every OpenSSH from 7.0 to 9.2, whoever packaged it; what sshd offers of algorithms is not among them."""

Line = tuple[str, str, str]
"""Criteria of the ``Match`` blocks it stands in (empty: outside), keyword in lower case, value as written."""


def main_file(files: Mapping[str, str]) -> str:
    """The file that sshd reads where it is not told another."""
    return next((path for path in (MAIN, "/usr/etc/ssh/sshd_config") if path in files), "")


def lines(files: Mapping[str, str], path: str) -> list[Line]:
    """A file with all it includes; ``ValueError`` where a part of it was not read."""
    if path not in files:
        raise ValueError("sshd has a configuration that was not read")
    found: list[Line] = []
    _read(files, path, "", found, 0)
    return found


def _read(files: Mapping[str, str], path: str, outside: str, found: list[Line], depth: int) -> None:
    """One file; ``outside`` are the criteria of the ``Match`` block that includes it. A block ends with its file."""
    if depth > _DEEPEST:
        raise ValueError("files include each other")
    criteria = outside
    for line in files[path].splitlines():
        matched = _LINE.match(line)
        if not matched:
            continue
        keyword, value = matched.group(1).lower(), matched.group(2).strip('"')
        if keyword == "match":
            criteria = outside if value.lower() == "all" else f"{outside} {value}".strip()
        elif keyword == "include":
            for included in _included(files, value):
                _read(files, included, criteria, found, depth + 1)
        else:
            found.append((criteria, keyword, value))


def _included(files: Mapping[str, str], patterns: str) -> list[str]:
    """The files that an ``Include`` line names; ``ValueError`` where it names files that were not read."""
    named = []
    for pattern in patterns.split():
        whole = pattern.strip('"') if pattern.strip('"').startswith("/") else f"/etc/ssh/{pattern.strip(chr(34))}"
        if whole not in PLACES and whole not in files:
            raise ValueError("includes files that were not read")
        named += [path for path in sorted(files) if fnmatchcase(path, whole)]
    return named


def effective(options: list[str], written: list[Line], version: str) -> list[tuple[str, str]]:
    """What ``sshd -T`` would print of the keywords that checks ask for, as far as it can be told without asking sshd.

    Options of the command line come first, the first value of a keyword counts, and the rest is what OpenSSH takes.
    """
    release = re.match(r"OpenSSH_(\d+)\.(\d+)", version)
    if release is None or not (7, 0) <= (int(release[1]), int(release[2])) < (9, 8):
        raise ValueError("an sshd whose defaults are not known here")
    given = [*_of_options(options), *((name, value) for criteria, name, value in written if not criteria)]
    found: dict[str, str] = {}
    for name, value in given:
        own = "kbdinteractiveauthentication" if name == "challengeresponseauthentication" else name
        found.setdefault(own, _normal(own, value))
    if "permitrootlogin" not in found and not re.search("Debian|Ubuntu", version):
        raise ValueError("whether root may log in depends on who packaged this sshd")
    ports = [("port", value) for name, value in given if name == "port"] or [("port", "22")]
    addresses = [("listenaddress", _with_port(value, ports)) for name, value in given if name == "listenaddress"]
    rest = {"permitrootlogin": "without-password", **_DEFAULTS, **found}
    return [
        *ports,
        *addresses,
        *((name, value) for name, value in rest.items() if name not in {"port", "listenaddress"}),
    ]


def _of_options(options: list[str]) -> list[tuple[str, str]]:
    """Of ``-o KEYWORD=VALUE`` and ``-p PORT``."""
    found = []
    words = iter(options)
    for word in words:
        value = (word[2:] or next(words, "")) if word[:2] in {"-o", "-p"} else ""
        if word.startswith("-p"):
            found.append(("port", value))
        elif word.startswith("-o"):
            matched = _LINE.match(value)
            if matched is None:
                raise ValueError("an option of sshd that is not understood")
            found.append((matched.group(1).lower(), matched.group(2)))
    return found


def _normal(name: str, value: str) -> str:
    """In the form that ``sshd -T`` gives it."""
    value = value.partition(" #")[0].strip()
    if name in _TIMES and value != "0":
        parts = re.findall(r"(\d+)([smhdw]?)", value.lower())
        return str(sum(int(number) * _UNITS[unit or "s"] for number, unit in parts))
    if name == "maxstartups" and value.isdigit():
        return f"{value}:30:{value}"
    if name == "permitrootlogin" and value.lower() == "prohibit-password":
        return "without-password"
    return {"true": "yes", "false": "no"}.get(value.lower(), value)


def _with_port(address: str, ports: list[tuple[str, str]]) -> str:
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(\d+))?", address.split(maxsplit=1)[0])
    if bracketed:
        return f"[{bracketed[1]}]:{bracketed[2] or ports[0][1]}"
    host, colon, port = address.split(maxsplit=1)[0].rpartition(":")
    if colon and ":" not in host:
        return f"{host}:{port}"
    return f"[{address}]:{ports[0][1]}" if colon else f"{address.split(maxsplit=1)[0]}:{ports[0][1]}"
