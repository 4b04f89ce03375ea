import pytest

from collectors.host import sudoers
from collectors.host.auto_login import automatic_login
from collectors.host.identifiers import Identifiers
from collectors.host.su import su
from collectors.host.sudo import Sudo, sudo
from collectors.host.sudo_rights import Host
from collectors.host.sudoers import Grant
from collectors.readings import Text, Unread
from collectors.sources import Mode

PROGRAM: tuple[Mode, ...] = ()


def without_password(sudo: Sudo) -> list[Grant]:
    """Rules in force for anybody at all, on this host or another."""
    return list(sudo.without_password(Identifiers(), Host()).values())


def parsed(text: str, **files: str) -> Sudo:
    """The main file, and files of the folder by name."""
    found = {"/etc/sudoers": text, **{f"/etc/sudoers.d/{name}": one for name, one in files.items()}}
    fact = sudo.parse(found, PROGRAM)
    assert isinstance(fact, Sudo)
    return fact


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "alice ALL",
        "= ALL",
        "alice ALL=",
        "alice = ALL",
        "alice ALL=NOPASSWD:",
        "User_Alias A",
        "@include /etc/sudoers",
        "User_Alias A = B\nUser_Alias B = A\nA ALL = ALL",
    ],
)
def test_what_is_not_understood_raises(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sudoers.read({"/etc/sudoers": text})


def test_garbage_is_unread() -> None:
    files, program = sudo.sources
    readings = {
        files.key: Text('{"/etc/sudoers": "what is this"}'),
        program.key: Text("81ed 0 0 root root 1 1 /usr/bin/sudo"),
    }
    assert isinstance(sudo.outcome(readings), Unread)


def test_includes_stand_where_they_are_written() -> None:
    text = "alice ALL = NOPASSWD: ALL\n#includedir /etc/sudoers.d\n"
    assert not without_password(parsed(text, b="alice ALL=(ALL) ALL"))
    assert without_password(parsed("@includedir /etc/sudoers.d\nalice ALL = NOPASSWD: ALL\n", b="alice ALL=(ALL) ALL"))
    assert without_password(parsed("@include sudoers.d/b\n", b="alice ALL=NOPASSWD: ALL"))
    assert parsed("@include local\n").unseen == ("/etc/local",)


def test_tags_and_target_users_hold_for_the_commands_after_them() -> None:
    found = parsed('"Domain Users", bob\\ b ALL = (app:app) NOPASSWD: /bin/a, /bin/b x\\, y, (root) PASSWD: /bin/c')
    rows = [(one.who, one.runas, one.command, one.password) for one in found.grants[:3]]
    assert rows == [
        ('"Domain Users"', ("app",), "/bin/a", False),
        ('"Domain Users"', ("app",), "/bin/b x\\, y", False),
        ('"Domain Users"', ("root",), "/bin/c", True),
    ]
    assert found.grants[3].who == "bob\\ b"


def test_a_comment_goes_to_its_line_end() -> None:
    assert not without_password(parsed("# a comment \\\nroot ALL = ALL # NOPASSWD: ALL"))
    assert without_password(parsed("#1000 ALL = NOPASSWD: ALL"))[0].who == "#1000"
    assert without_password(parsed("# a comment \\\n#1000 ALL = NOPASSWD: ALL"))


def test_taking_root_away_from_all() -> None:
    assert not without_password(parsed("alice ALL = (ALL, !root) NOPASSWD: ALL"))
    assert without_password(parsed("Cmnd_Alias NOT = /bin/su\nalice ALL = NOPASSWD: ALL, !NOT"))


def test_options_before_a_command() -> None:
    assert without_password(parsed("alice ALL = NOPASSWD: TIMEOUT=5m CWD=/ ALL"))
    assert without_password(parsed("alice ALL = (root) CWD=* NOPASSWD: ALL : web = /bin/id"))


@pytest.mark.parametrize(
    ("stack", "restricted"),
    [
        ("auth required pam_wheel.so use_uid", True),
        (
            "auth sufficient pam_rootok.so\nauth requisite /lib/security/pam_wheel.so group=adm\n@include common-auth",
            True,
        ),
        ("# auth required pam_wheel.so", False),
        ("auth sufficient pam_wheel.so trust", False),
        ("auth required pam_wheel.so deny group=nosu", False),
        ("account required pam_wheel.so", False),
        ("auth sufficient pam_unix.so\nauth required pam_wheel.so", False),
        ("", False),
    ],
)
def test_su(stack: str, restricted: bool) -> None:
    assert su.parse(stack).restricted is restricted


@pytest.mark.parametrize(
    ("files", "accounts"),
    [
        (None, ()),
        ({"/etc/gdm3/daemon.conf": "[daemon]\nTimedLoginEnable=true\nTimedLogin=bob\n"}, (("gdm", "bob"),)),
        ({"/etc/gdm3/daemon.conf": "[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=bob\n"}, ()),
        ({"/etc/gdm3/daemon.conf": "[security]\nAutomaticLoginEnable=true\nAutomaticLogin=bob\n"}, ()),
        ({"/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-guest=true\n"}, (("lightdm", "(guest session)"),)),
        ({"/etc/sddm.conf.d/a.conf": "[Autologin]\nUser=bob\n", "/etc/sddm.conf": "[Autologin]\nUser=\n"}, ()),
        ({"/etc/inittab": "1:2345:respawn:/sbin/agetty -a root tty1\n"}, (("getty", "root"),)),
        ({"/etc/inittab": "#1:2345:respawn:/sbin/agetty -a root tty1\n2:2:off:/sbin/agetty -a root tty2"}, ()),
        ({"/etc/greetd/config.toml": '[initial_session]\ncommand = "sway"\nuser = "bob"\n'}, (("greetd", "bob"),)),
        (
            {
                "/etc/systemd/system/serial-getty@.service": "[Service]\nExecStart=-/sbin/agetty \\\n  --autologin=root %I\n"
            },
            (("getty", "root"),),
        ),
        ({"/etc/systemd/system/getty@.service": "[Service]\n#ExecStart=-/sbin/agetty -a root %I\n"}, ()),
    ],
)
def test_automatic_login(files: dict[str, str] | None, accounts: tuple[tuple[str, str], ...]) -> None:
    assert automatic_login.parse(files).accounts == accounts
