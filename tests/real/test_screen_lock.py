"""Locks of screens: GNOME's settings beside the real gsettings and dconf, the other desktops by their files."""

import pytest

from collectors.host.screen_lock import ScreenLock, screen_lock
from tests.hosts import Tree

pytestmark = pytest.mark.real
LOCKS = "desktops-lock-idle-screens-by-default"
FIXED = "people-cannot-switch-the-screen-lock-off"
SESSION, SAVER = "[org/gnome/desktop/session]", "[org/gnome/desktop/screensaver]"
LOCKED = "".join(f"/org/gnome/desktop/{key}\n" for key in ("session/idle-delay", "screensaver/lock-enabled"))
DB = "/etc/dconf/db"


def gnome(tree: Tree) -> None:
    tree.write("/usr/share/xsessions/gnome.desktop", "[Desktop Entry]\nName=GNOME\nExec=gnome-session\n")


def _of_gsettings(tree: Tree, schema: str, key: str) -> str:
    command = ("env", "GSETTINGS_BACKEND=dconf", "HOME=/root", "gsettings", "get", schema, key)
    return tree.run(*command).strip().rpartition(" ")[2]


def agrees(tree: Tree) -> None:
    """What we make of the files is what GNOME's own library does."""
    fact = screen_lock.outcome(tree.transport.read(screen_lock.sources))
    assert isinstance(fact, ScreenLock)
    (one,) = fact.desktops
    assert str(one.idle) == _of_gsettings(tree, "org.gnome.desktop.session", "idle-delay")
    assert str(one.grace) == _of_gsettings(tree, "org.gnome.desktop.screensaver", "lock-delay")
    assert str(one.locks).lower() == _of_gsettings(tree, "org.gnome.desktop.screensaver", "lock-enabled")


def test_without_a_desktop(tree: Tree) -> None:
    assert tree.status(LOCKS) == "not_applicable"
    assert tree.status(FIXED) == "not_applicable"


def test_what_gnome_ships(desktop: Tree) -> None:
    assert desktop.status(LOCKS) == "not_applicable"
    gnome(desktop)
    agrees(desktop)
    assert desktop.status(LOCKS) == "pass"
    assert desktop.status(LOCKS, longest=200) == "fail"
    assert desktop.status(FIXED) == "fail"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"local.d/00": f"{SESSION}\nidle-delay=uint32 0\n"}, "fail"),
        (
            {"local.d/00": f"{SESSION}\nidle-delay=uint32 0\n", "local.d/10": f"{SESSION}\nidle-delay=uint32 600\n"},
            "pass",
        ),
        ({"local.d/00": f"{SESSION}\nidle-delay=6000\n"}, "pass"),
        ({"local.d/00": f"{SAVER}\nlock-enabled=false\n# lock-enabled=true\n"}, "fail"),
        ({"local.d/00": f"{SAVER}\nlock-delay=uint32 3600\n"}, "fail"),
        (
            {"local.d/00": f"{SESSION}\nidle-delay=uint32 60\n", "site.d/00": f"{SESSION}\nidle-delay=uint32 0\n"},
            "pass",
        ),
        (
            {
                "local.d/00": f"{SESSION}\nidle-delay=uint32 60\n",
                "site.d/00": f"{SESSION}\nidle-delay=uint32 0\n",
                "site.d/locks/a": LOCKED,
            },
            "fail",
        ),
        ({"other.d/00": f"{SESSION}\nidle-delay=uint32 0\n"}, "pass"),
    ],
)
def test_databases_of_dconf(desktop: Tree, files: dict[str, str], status: str) -> None:
    gnome(desktop)
    desktop.write("/etc/dconf/profile/user", "user-db:user\n# a comment\nsystem-db:local\nsystem-db:site\n")
    for name, text in files.items():
        desktop.write(f"{DB}/{name}", text)
    desktop.run("dconf", "update")
    agrees(desktop)
    assert desktop.status(LOCKS) == status


def test_locks(desktop: Tree) -> None:
    gnome(desktop)
    desktop.write("/etc/dconf/profile/user", "user-db:user\nsystem-db:local\n")
    desktop.write(f"{DB}/local.d/00", f"{SESSION}\nidle-delay=uint32 600\n")
    desktop.write(f"{DB}/local.d/locks/a", LOCKED)
    desktop.run("dconf", "update")
    assert desktop.status(FIXED) == "fail"
    desktop.write(f"{DB}/local.d/locks/a", f"{LOCKED}/org/gnome/desktop/screensaver/lock-delay\n")
    assert desktop.status(FIXED) == "unknown"  # dconf update was not run
    desktop.run("dconf", "update")
    assert desktop.status(FIXED) == "pass"
    writable = ("env", "GSETTINGS_BACKEND=dconf", "HOME=/root", "gsettings", "writable", "org.gnome.desktop.session")
    assert desktop.run(*writable, "idle-delay").strip() == "false"


def test_overrides_of_the_vendor(desktop: Tree) -> None:
    gnome(desktop)
    place = "/usr/share/glib-2.0/schemas"
    desktop.write(f"{place}/20_a.gschema.override", "[org.gnome.desktop.session]\nidle-delay=uint32 0\n")
    desktop.write(f"{place}/10_b.gschema.override", "[org.gnome.desktop.session]\nidle-delay=uint32 900\n")
    desktop.run("glib-compile-schemas", place)
    agrees(desktop)
    assert desktop.status(LOCKS) == "fail"
    desktop.write(f"{place}/20_a.gschema.override", "[org.gnome.desktop.session:ubuntu]\nidle-delay=uint32 0\n")
    desktop.run("glib-compile-schemas", place)
    agrees(desktop)
    assert desktop.status(LOCKS) == "pass"


@pytest.mark.parametrize(
    ("text", "locks", "fixed"),
    [
        (None, "pass", "fail"),
        ("[Daemon]\nAutolock=false\n", "fail", "fail"),
        ("[Daemon][$i]\nTimeout=10\nAutolock=true\n", "pass", "pass"),
        ("[Daemon]\nTimeout[$i]=60\n", "fail", "fail"),
        ("[Daemon]\nLockOnResume=false\n", "fail", "fail"),
        ("[Greeter]\nTimeout=100\n", "pass", "fail"),
        ("[Daemon]\nTimeout=soon\n", "unknown", "unknown"),
    ],
)
def test_plasma(tree: Tree, text: str | None, locks: str, fixed: str) -> None:
    tree.write("/usr/share/wayland-sessions/plasmawayland.desktop", "[Desktop Entry]\n")
    if text is not None:
        tree.write("/etc/xdg/kscreenlockerrc", text)
    assert tree.status(LOCKS) == locks
    assert tree.status(FIXED) == fixed


def test_xfce(tree: Tree) -> None:
    tree.write("/usr/share/xsessions/xfce.desktop", "[Desktop Entry]\n")
    assert tree.status(LOCKS) == "fail"  # nothing locks
    tree.write("/etc/xdg/autostart/xfce4-screensaver.desktop", "[Desktop Entry]\nExec=xfce4-screensaver\n")
    assert tree.status(LOCKS) == "pass"
    channel = '<channel name="xfce4-screensaver" version="1.0"{}>\n <property name="{}" type="empty">\n'
    channel += '  <property name="idle-activation" type="empty">\n   <property name="delay" type="int" value="{}"/>\n'
    channel += "  </property>\n </property>\n</channel>\n"
    place = "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml"
    tree.write(place, channel.format("", "saver", 60))
    assert tree.status(LOCKS) == "fail"
    tree.write(place, channel.format(' locked="*"', "saver", 10))
    assert tree.status(LOCKS) == "pass"
    assert tree.status(FIXED) == "pass"


def test_sway_and_others(tree: Tree) -> None:
    tree.write("/usr/share/wayland-sessions/sway.desktop", "[Desktop Entry]\n")
    assert tree.status(LOCKS) == "fail"
    example = "exec swayidle -w \\\n  timeout 300 'swaylock -f -c 000000' \\\n  before-sleep 'swaylock -f'\n"
    tree.write("/etc/sway/config.d/idle", example)
    assert tree.status(LOCKS) == "pass"
    tree.write("/etc/sway/config.d/idle", "".join(f"# {line}\n" for line in example.splitlines()))
    assert tree.status(LOCKS) == "fail"
    tree.remove("/usr/share/wayland-sessions/sway.desktop")
    tree.write("/usr/share/xsessions/i3.desktop", "[Desktop Entry]\n")
    assert tree.status(LOCKS) == "unknown"
