"""When the desktops of this machine lock their screen, by what the system sets for everybody."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import gsettings
from collectors.host.excerpt import by_file, excerpt

_KDE = ("/etc/xdg/kscreenlockerrc", "/etc/xdg/kdeglobals")
_XFCE = "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"
_STARTED = "/etc/xdg/autostart/"
_AWK = (
    gsettings.AWK
    + r"""
FILENAME ~ /(kscreenlockerrc|kdeglobals)$/ { if (/^\[/ || /^(Autolock|Timeout|LockGrace|LockOnResume|RequirePassword)(\[|=)/) out($0); next }
FILENAME ~ /xfce4-screensaver.xml$/ { if (/<(channel|property)|<\/property/) out($0); next }
FILENAME ~ /autostart/ { if (/^(Exec|Hidden|OnlyShowIn|NotShowIn)=/) out($0); next }
FILENAME ~ /XScreenSaver/ { if (/^\*?(timeout|lock|lockTimeout|mode)[ \t]*:/) out($0); next }
FILENAME ~ /\/sway\// { if (/swayidle|swaylock|timeout/) out($0); next }
"""
)
_SESSIONS = """
seen=
for place; do case $place in */xsessions/*|*/wayland-sessions/*) seen=1 ;; esac; done
[ "$seen" ] || exit 0
"""
_FILES = excerpt(
    "screen lock",
    *("/usr/share/xsessions/*.desktop", "/usr/share/wayland-sessions/*.desktop"),
    *gsettings.PATTERNS,
    *(*_KDE, _XFCE, "/usr/share/glib-2.0/schemas/gschemas.compiled"),
    *(f"{_STARTED}{name}.desktop" for name in ("light-locker", "xfce4-screensaver", "xscreensaver")),
    *("/etc/X11/app-defaults/XScreenSaver*", "/etc/sway/config", "/etc/sway/config.d/*"),
    awk=_AWK,
    first=_SESSIONS + gsettings.FIRST,
)
_X_BLANKS = 600
"""Seconds after which an X server blanks the screen where nothing else is said (Xserver(1), ``-s``)."""


@dataclass(frozen=True)
class Desktop:
    """One kind of desktop and its lock, for somebody who has changed nothing."""

    name: str
    idle: int = 0
    """Seconds without use until the screen goes blank; 0 is never."""
    grace: int = 0
    """Seconds after that in which no password is asked."""
    locks: bool = True
    """Whether a password is asked afterwards at all."""
    on_wake: bool = True
    """Whether a password is asked after the machine has slept."""
    fixed: bool = False
    """Whether people cannot change any of it."""


@dataclass(frozen=True)
class ScreenLock(Fact):
    """The desktops that can be chosen at login."""

    desktops: tuple[Desktop, ...] = ()
    unjudged: tuple[str, ...] = ()
    """Sessions whose lock is not understood here."""

    @staticmethod
    def of(*desktops: Desktop) -> "ScreenLock":
        """An example."""
        return ScreenLock(desktops)


Files = Mapping[str, list[str]]


@collector(_FILES)
def screen_lock(text: str) -> ScreenLock:
    """Sessions by the names of their files; what people set for themselves is not looked at."""
    files = by_file(text)
    found: dict[str, Desktop] = {}
    unjudged = []
    for path in files:
        if "sessions/" in path and path.endswith(".desktop"):
            session = path.rsplit("/", 1)[-1].removesuffix(".desktop")
            kind = next((kind for start, kind in _KINDS.items() if session.lower().startswith(start)), "")
            desktop = _READ[kind](files, session) if kind else None
            if desktop is None:
                unjudged += [] if session == "lightdm-xsession" else [session]
            else:
                found[kind] = desktop
    return ScreenLock(tuple(found.values()), tuple(unjudged))


def _gnome(files: Files, session: str) -> Desktop:
    at = gsettings.settings(files, session.partition("-")[0])
    idle = at.of("org.gnome.desktop.session", "idle-delay")
    lock = at.of("org.gnome.desktop.screensaver", "lock-enabled")
    delay = at.of("org.gnome.desktop.screensaver", "lock-delay")
    disabled = at.of("org.gnome.desktop.lockdown", "disable-lock-screen")
    locks = lock.true and not disabled.true
    fixed = all(one.locked for one in (idle, lock, delay))
    return Desktop("GNOME", idle.number, delay.number, locks, locks, fixed)


def _cinnamon(files: Files, _session: str) -> Desktop:
    at = gsettings.settings(files, "X-Cinnamon")
    idle = at.of("org.cinnamon.desktop.session", "idle-delay")
    lock = at.of("org.cinnamon.desktop.screensaver", "lock-enabled")
    delay = at.of("org.cinnamon.desktop.screensaver", "lock-delay")
    locks = lock.true and not at.of("org.cinnamon.desktop.lockdown", "disable-lock-screen").true
    return Desktop("Cinnamon", idle.number, delay.number, locks, locks, all(one.locked for one in (idle, lock, delay)))


def _mate(files: Files, _session: str) -> Desktop:
    """Its times are minutes."""
    at = gsettings.settings(files, "MATE")
    idle = at.of("org.mate.session", "idle-delay")
    active = at.of("org.mate.screensaver", "idle-activation-enabled")
    lock = at.of("org.mate.screensaver", "lock-enabled")
    delay = at.of("org.mate.screensaver", "lock-delay")
    locks = lock.true and not at.of("org.mate.lockdown", "disable-lock-screen").true
    fixed = all(one.locked for one in (idle, active, lock, delay))
    return Desktop("MATE", idle.number * 60 if active.true else 0, delay.number * 60, locks, locks, fixed)


def _kde(files: Files, _session: str) -> Desktop:
    """kscreenlocker: five minutes and five seconds where nothing is said; ``[$i]`` takes a group or a key from people."""
    values: dict[str, str] = {"Autolock": "true", "Timeout": "5", "LockGrace": "5", "LockOnResume": "true"}
    fixed: set[str] = set()
    for path in _KDE:
        section = ""
        whole = group = False
        for line in files.get(path, ()):
            if line.startswith("["):
                whole = whole or line.strip() == "[$i]"
                section, group = line.strip().removesuffix("[$i]"), line.strip().endswith("][$i]")
            elif section == "[Daemon]":
                name, _, value = line.partition("=")
                key = name.partition("[")[0].strip()
                values[key] = value.strip()
                fixed |= {key} if "[$i]" in name or group or whole else set()
    locks = values.get("RequirePassword", "true").lower() == "true"
    idle = int(values["Timeout"]) * 60 if values["Autolock"].lower() == "true" else 0
    on_wake = values["LockOnResume"].lower() == "true" and locks
    return Desktop("KDE Plasma", idle, int(values["LockGrace"]), locks, on_wake, {"Autolock", "Timeout"} <= fixed)


def _xfce(files: Files, session: str) -> Desktop | None:
    """xfce4-screensaver, else light-locker behind the X server's own blanking, else xscreensaver."""
    if f"{_STARTED}xfce4-screensaver.desktop" in files:
        return _xfce_screensaver(files.get(_XFCE, []))
    if f"{_STARTED}light-locker.desktop" in files:
        at = gsettings.settings(files, session)
        own = at.of("apps.light-locker", "lock-after-screensaver")
        command = " ".join(files[f"{_STARTED}light-locker.desktop"])
        told = re.search(r"--lock-after-screensaver=(\d+)", command)
        if not own.value and told is None:
            return None
        delay = int(told.group(1)) if told else own.number
        return Desktop("Xfce", _X_BLANKS, delay, locks=told is not None or delay > 0)
    if f"{_STARTED}xscreensaver.desktop" in files:
        return None
    return Desktop("Xfce", locks=False, on_wake=False)


def _xfce_screensaver(lines: list[str]) -> Desktop:
    values: dict[str, str] = {}
    path: list[str] = []
    fixed = False
    for line in lines:
        for tag in re.findall(r"<[^>]*>", line):
            name = re.search(r"name=\"([^\"]*)\"", tag)
            if tag.startswith("<channel"):
                fixed = 'locked="*"' in tag
            elif tag.startswith("<property") and name:
                value = re.search(r"value=\"([^\"]*)\"", tag)
                if value:
                    values["/".join([*path, name[1]])] = value[1]
                if not tag.endswith("/>"):
                    path.append(name[1])
            elif tag.startswith("</property"):
                path.pop()

    def on(name: str) -> bool:
        return values.get(name, "true") == "true"

    idle = int(values.get("saver/idle-activation/delay", "5")) * 60
    idle = idle if on("saver/enabled") and on("saver/idle-activation/enabled") else 0
    locks = on("lock/enabled") and on("lock/saver-activation/enabled")
    grace = int(values.get("lock/saver-activation/delay", "0")) * 60
    return Desktop("Xfce", idle, grace, locks, on("lock/enabled") and on("lock/sleep-activation"), fixed)


def _sway(files: Files, _session: str) -> Desktop:
    """swayidle(1) of the configuration that people copy; without it nothing locks."""
    text = "\n".join(line for path, lines in files.items() if path.startswith("/etc/sway/") for line in lines)
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    times = [int(found[1]) for found in re.finditer(r"timeout\s+(\d+)\s+(?:'[^']*|\"[^\"]*|\S*)swaylock", text)]
    wake = re.search(r"before-sleep\s+(?:'[^']*|\"[^\"]*|\S*)swaylock", text) is not None
    return Desktop("sway", min(times, default=0), locks=bool(times), on_wake=wake)


_READ: Mapping[str, Callable[[Files, str], Desktop | None]] = {
    "gnome": _gnome,
    "cinnamon": _cinnamon,
    "mate": _mate,
    "kde": _kde,
    "xfce": _xfce,
    "sway": _sway,
}
_KINDS = {
    **dict.fromkeys(("gnome", "ubuntu", "unity", "pop", "budgie"), "gnome"),
    **dict.fromkeys(("plasma", "kde"), "kde"),
    "cinnamon": "cinnamon",
    "mate": "mate",
    "xfce": "xfce",
    "xubuntu": "xfce",
    "sway": "sway",
}
"""Beginnings of the names of session files."""
