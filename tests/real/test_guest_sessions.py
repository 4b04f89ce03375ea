import pytest

from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real
CHECK = "no-guest-session-is-offered"


def _of_lightdm(tree: Tree) -> str:
    """The last value of allow-guest as lightdm itself lists its configuration, in the order in which it reads it."""
    done = tree.run("sh", "-c", "lightdm --show-config 2>&1")
    values = [line.rpartition("=")[2] for line in done.splitlines() if "allow-guest=" in line]
    return values[-1] if values else ""


def test_guests_of_lightdm(desktop: Tree) -> None:
    assert desktop.status(CHECK) == "pass"  # Debian has no script that makes an account for a guest
    desktop.write("/usr/sbin/guest-account", "#!/bin/sh\n", mode=0o755)
    assert desktop.status(CHECK) == "fail"
    desktop.write("/usr/share/lightdm/lightdm.conf.d/50-no-guest.conf", "[Seat:*]\nallow-guest=false\n")
    assert _of_lightdm(desktop) == "false"
    assert desktop.status(CHECK) == "pass"
    desktop.write("/etc/lightdm/lightdm.conf.d/10.conf", "[Seat:*]\nallow-guest=true\n")
    assert _of_lightdm(desktop) == "true"
    assert desktop.status(CHECK) == "fail"
    desktop.append("/etc/lightdm/lightdm.conf", "\n[Seat:*]\n#allow-guest=true\nallow-guest=false\n")
    assert _of_lightdm(desktop) == "false"
    assert desktop.status(CHECK) == "pass"
    desktop.append("/etc/lightdm/lightdm.conf", "\n[Seat:seat1]\nallow-guest=true\n")
    assert desktop.status(CHECK) == "fail"
    desktop.remove("/usr/sbin/guest-account")
    assert desktop.status(CHECK) == "pass"
    desktop.append("/etc/lightdm/lightdm.conf", "\n[LightDM]\nguest-account-script=/opt/guest\n")
    assert desktop.status(CHECK) == "unknown"


def test_without_lightdm_its_configuration_says_nothing(tree: Tree) -> None:
    tree.write("/usr/sbin/guest-account", "#!/bin/sh\n", mode=0o755)
    tree.write("/etc/lightdm/lightdm.conf", "[Seat:*]\nallow-guest=true\n")
    assert tree.status(CHECK) == "pass"


def test_guests_of_pam_sepermit(tree: Tree) -> None:
    tree.write("/etc/security/sepermit.conf", "# accounts\n#xguest:exclusive\nxguest:exclusive\n")
    assert tree.status(CHECK) == "pass"  # there is no such account
    add(tree, "xguest")
    assert tree.status(CHECK) == "fail"
    tree.write("/etc/security/sepermit.conf", "#xguest:exclusive\n")
    assert tree.status(CHECK) == "pass"


def test_an_account_for_guests(tree: Tree) -> None:
    add(tree, "guest", "correct horse")
    assert tree.status("no-enabled-account-is-shared", "guest") == "fail"
