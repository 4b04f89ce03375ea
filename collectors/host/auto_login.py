"""Who is logged in without being asked: display managers and terminals that are configured for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files

Settings = dict[tuple[str, str], str]
"""Section and key, both in lower case, to value."""


@dataclass(frozen=True)
class AutomaticLogin(Fact):
    """Every account that some program logs in by itself."""

    accounts: tuple[tuple[str, str], ...] = ()
    """Program (``gdm``, ``lightdm``, ``sddm``, ``lxdm``, ``greetd``, ``getty``) and account, without repetition."""


@collector(
    Files(
        *("/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf", "/etc/gdm/daemon.conf"),
        *("/usr/share/lightdm/lightdm.conf.d/*.conf", "/etc/xdg/lightdm/lightdm.conf.d/*.conf"),
        *("/etc/lightdm/lightdm.conf.d/*.conf", "/etc/lightdm/lightdm.conf"),
        *("/usr/lib/sddm/sddm.conf.d/*.conf", "/etc/sddm.conf.d/*.conf", "/etc/sddm.conf"),
        *("/etc/lxdm/lxdm.conf", "/etc/greetd/config.toml", "/etc/inittab"),
        *("/etc/systemd/system/*getty*.service", "/etc/systemd/system/*getty*.service.d/*.conf"),
        *("/etc/systemd/system/autovt@*.service", "/etc/systemd/system/autovt@*.service.d/*.conf"),
    )
)
def automatic_login(files: dict[str, str] | None) -> AutomaticLogin:
    """Later files of a program overrule earlier ones, key by key; where there is no such file, nobody logs in by itself."""
    read = files or {}
    found = [
        *_gdm(read),
        *_lightdm(layered(read, "lightdm")),
        *_sddm(layered(read, "sddm")),
        *_lxdm(read.get("/etc/lxdm/lxdm.conf", "")),
        *_greetd(read.get("/etc/greetd/config.toml", "")),
        *_inittab(read.get("/etc/inittab", "")),
        *_units({path: text for path, text in read.items() if path.startswith("/etc/systemd/")}),
    ]
    return AutomaticLogin(tuple(dict.fromkeys(found)))


def _settings(text: str) -> Settings:
    """Sections and keys of a key file: comments begin a line, the last of a key counts."""
    found: Settings = {}
    section = ""
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            found[section, key.strip().lower()] = value.strip().strip('"')
    return found


def layered(files: dict[str, str], program: str) -> Settings:
    """All files of a program, lowest rank first: /usr, then drop-ins of /etc, then the main file."""

    def rank(path: str) -> tuple[int, str]:
        main = not path.rsplit("/", 1)[0].endswith(".d")
        return (0 if path.startswith("/usr") else 1 if path.startswith("/etc/xdg") else 3 if main else 2, path)

    merged: Settings = {}
    for path in sorted((path for path in files if f"{program}." in path), key=rank):
        merged.update(_settings(files[path]))
    return merged


def is_true(value: str) -> bool:
    """Whether a key file means yes by a value."""
    return value.lower() in {"true", "1", "yes"}


def _gdm(files: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each takes a switch and a name; only Debian's file or the other one is read by a given gdm, so each is judged."""
    for path, text in files.items():
        if path.startswith("/etc/gdm"):
            settings = _settings(text)
            for key in ("automaticlogin", "timedlogin"):
                account = settings.get(("daemon", key), "")
                if account and is_true(settings.get(("daemon", f"{key}enable"), "false")):
                    yield "gdm", account


def _lightdm(settings: Settings) -> Iterator[tuple[str, str]]:
    for (section, key), value in settings.items():
        if section.startswith("seat"):
            if key == "autologin-user" and value:
                yield "lightdm", value
            if key == "autologin-guest" and is_true(value):
                yield "lightdm", "(guest session)"


def _sddm(settings: Settings) -> Iterator[tuple[str, str]]:
    if account := settings.get(("autologin", "user"), ""):
        yield "sddm", account


def _lxdm(text: str) -> Iterator[tuple[str, str]]:
    if account := _settings(text).get(("base", "autologin"), ""):
        yield "lxdm", account


def _greetd(text: str) -> Iterator[tuple[str, str]]:
    """An initial session starts without a greeter, once after boot."""
    settings = _settings(text)
    if settings.get(("initial_session", "command")):
        yield "greetd", settings.get(("initial_session", "user"), "?")


def _inittab(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        fields = line.split(":", 3)
        if not line.lstrip().startswith("#") and len(fields) == 4 and fields[2] != "off":
            yield from _getty(fields[3])


def _getty(command: str) -> Iterator[tuple[str, str]]:
    """The account that agetty(8) or mingetty(8) is told to log in."""
    if "getty" in command and (named := re.search(r"(?:^|\s)(?:--autologin(?:\s+|=)|-a\s*)[\"']?([^\s\"']+)", command)):
        yield "getty", named.group(1)
    options = re.search(r"(?:^|\s)(?:--login-options(?:\s+|=)|-o\s*)(\"[^\"]*\"|'[^']*'|\S+)", command)
    if "getty" in command and options and (forced := re.search(r"-f\s+(\S+)", options.group(1).strip("\"'"))):
        yield "getty", forced.group(1)
    program = re.search(r"(?:^|\s)(?:--login-program(?:\s+|=)|-l\s*)[\"']?(/[^\s\"']+)", command)
    if "getty" in command and program and not program.group(1).endswith("/login"):
        yield "getty", f"(whoever comes, by {program.group(1)})"


def _units(files: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A unit and its drop-ins, by name of file; an empty ``ExecStart=`` takes back those before it (systemd.service(5))."""
    units: dict[str, list[str]] = {}
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        unit = path.removesuffix(".service") if path.endswith(".service") else path.rsplit(".service.d/", 1)[0]
        units.setdefault(unit, []).append(files[path])
    for texts in units.values():
        commands: list[str] = []
        for line in "\n".join(texts).replace("\\\n", " ").splitlines():
            key, _, value = line.strip().partition("=")
            if key.strip() == "ExecStart":
                commands = [*commands, value.strip()] if value.strip() else []
        for command in commands:
            yield from _getty(command)
