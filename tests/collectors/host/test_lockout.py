import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.host.lockout import Lockout, PasswordLogin, lockout
from collectors.readings import Absent, Reading, Text, Unread

# As authselect writes it for the sssd profile, with-faillock (Red Hat 9), in its order and controls.
RED_HAT = """\
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth required pam_faillock.so preauth silent
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
"""
TALLY = "auth required pam_tally2.so onerr=fail {} \nauth required pam_unix.so\naccount required pam_tally2.so\n"


def lockout_of(text: str, conf: str | None = None) -> Lockout | Unread:
    files, modules, faillock = (source.key for source in lockout.sources)
    readings: dict[str, Reading] = {
        files: Text(json.dumps({"/etc/pam.d/sshd": text})),
        modules: Absent(),
        faillock: Absent() if conf is None else Text(json.dumps({"/etc/security/faillock.conf": conf})),
    }
    outcome = lockout.outcome(readings)
    assert isinstance(outcome, Lockout | Unread)
    return outcome


def login_of(text: str, conf: str | None = None) -> PasswordLogin:
    found = lockout_of(text, conf)
    assert isinstance(found, Lockout)
    (login,) = found.logins
    return login


def test_red_hat() -> None:
    assert login_of(RED_HAT, "deny = 4\nunlock_time=never\neven_deny_root\n") == PasswordLogin(
        "sshd", "pam_faillock", blocks=True, counts=True, resets=True, deny=4, interval=900, unlock=0,
        binds_root=True, nullok=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "deny", "unlock", "binds_root"),
    [
        ("deny=5 unlock_time=900", 5, 900, False),
        ("unlock_time=900", 0, 900, False),
        ("deny=5 root_unlock_time=60", 5, 0, True),
        ("deny=5 even_deny_root", 5, 0, True),
    ],
)
def test_tally2(options: str, deny: int, unlock: int, binds_root: bool) -> None:
    login = login_of(TALLY.format(options))
    assert (login.module, login.blocks, login.counts, login.resets) == ("pam_tally2", True, True, True)
    assert (login.deny, login.unlock, login.interval, login.binds_root) == (deny, unlock, 0, binds_root)


def test_a_stack_that_lets_nobody_in_needs_no_lockout() -> None:
    assert lockout_of("auth required pam_unix.so\nauth required pam_deny.so\n") == Lockout(())


def test_a_second_factor_does_not_hide_the_password() -> None:
    assert login_of("auth required pam_u2f.so\nauth required pam_unix.so\n").module == ""
    assert login_of("auth sufficient pam_fprintd.so\nauth required pam_unix.so\n").module == ""


def test_a_file_of_its_own_was_not_read() -> None:
    assert isinstance(lockout_of(RED_HAT.replace("preauth", "preauth conf=/etc/own.conf")), Unread)


@pytest.mark.parametrize(
    ("conf", "deny"),
    [
        ("deny = 5", 5),
        ("deny=5 tries", 5),
        ("deny\t6", 6),
        ("deny = x", 3),
        ("# deny = 9", 3),
        ("deny", 3),
        ("Deny = 9", 3),
    ],
)
def test_a_line_of_faillock_conf(conf: str, deny: int) -> None:
    assert login_of(RED_HAT, conf).deny == deny


@given(st.text(max_size=120))
def test_no_configuration_is_too_odd(conf: str) -> None:
    assert isinstance(lockout_of(RED_HAT, conf), Lockout)
