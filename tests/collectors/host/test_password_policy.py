import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.host.pam import Rule
from collectors.host.password_policy import PasswordChange, PasswordPolicy, password_policy
from collectors.host.password_quality import Quality, pwquality_settings, quality
from collectors.readings import Absent, Reading, Text, Unread

# As authselect writes it for the sssd profile, with-pwhistory (Red Hat 9), in its order and controls.
RED_HAT = """\
password requisite pam_pwquality.so local_users_only
password [default=1 ignore=ignore success=ok] pam_localuser.so
password requisite pam_pwhistory.so use_authtok
password sufficient pam_unix.so sha512 shadow nullok use_authtok
password [success=1 default=ignore] pam_localuser.so
password sufficient pam_sss.so use_authtok
password required pam_deny.so
"""
CONF = "/etc/security/pwquality.conf"


def policy_of(
    stack: str, files: dict[str, str] | None = None, login_defs: str = "", pwhistory: str = ""
) -> PasswordPolicy | Unread:
    readings: dict[str, Reading] = {source.key: Absent() for source in password_policy.sources}
    pam_files, _, settings, history, defs = (source.key for source in password_policy.sources)
    readings[pam_files] = Text(json.dumps({"/etc/pam.d/passwd": stack}))
    readings[history] = Text(pwhistory)
    readings[defs] = Text(json.dumps({"/etc/login.defs": login_defs}))
    if files:
        readings[settings] = Text(json.dumps(files))
    outcome = password_policy.outcome(readings)
    assert isinstance(outcome, PasswordPolicy | Unread)
    return outcome


def change_of(stack: str, **kwargs: str | dict[str, str]) -> PasswordChange:
    policy = policy_of(stack, **kwargs)  # type: ignore[arg-type]
    assert isinstance(policy, PasswordPolicy)
    (change,) = policy.changes
    return change


def test_red_hat() -> None:
    change = change_of(RED_HAT, files={CONF: "minlen = 14\n"}, pwhistory="remember = 24\nenforce_for_root\n")
    assert change == PasswordChange("passwd", Quality("pam_pwquality", shortest=14), True, "", 0, 24, "sha512")


def test_a_stack_that_never_comes_to_pam_unix_changes_no_local_password() -> None:
    assert policy_of("password required pam_deny.so\npassword required pam_unix.so\n") != PasswordPolicy(())
    assert policy_of("password requisite pam_permit.so\npassword sufficient pam_ldap.so\n") == PasswordPolicy(())
    assert policy_of("password [success=done] pam_permit.so\npassword required pam_unix.so\n") == PasswordPolicy(())


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_configuration_is_too_odd(conf: str, login_defs: str, pwhistory: str) -> None:
    assert policy_of(RED_HAT, {CONF: conf}, login_defs, pwhistory)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ("", Quality("pam_cracklib", shortest=6)),  # 9, and a credit for each class, but a dictionary wants 6
        ("minlen=14 dcredit=-1 ucredit=-1 lcredit=-1 ocredit=-1",
         Quality("pam_cracklib", shortest=14, classes=4, digit=True, letter=True)),
        ("minlen=8 ucredit=0 dcredit=0 lcredit=0 ocredit=0 minclass=3 enforce_for_root",
         Quality("pam_cracklib", shortest=8, classes=3, letter=True, binds_root=True)),
    ],
)  # fmt: skip
def test_cracklib(arguments: str, asked: Quality) -> None:
    assert quality(Rule("pam_cracklib", arguments=tuple(arguments.split())), {}, "") == asked


@pytest.mark.parametrize(
    ("arguments", "config", "asked"),
    [
        ("", "", Quality("pam_passwdqc", shortest=7, binds_root=True)),
        ("min=disabled,disabled,disabled,disabled,12 enforce=users", "",
         Quality("pam_passwdqc", shortest=12, classes=4, digit=True, letter=True)),
        ("config=/etc/passwdqc.conf", "# ours\nmin=disabled,24,16,14,14\nenforce=none\n",
         Quality("pam_passwdqc", shortest=14, enforcing=False)),
    ],
)  # fmt: skip
def test_passwdqc(arguments: str, config: str, asked: Quality) -> None:
    assert quality(Rule("pam_passwdqc", arguments=tuple(arguments.split())), {}, config) == asked


def test_passwdqc_that_cannot_be_understood_is_unread() -> None:
    assert isinstance(policy_of("password required pam_passwdqc.so min=8\npassword required pam_unix.so\n"), Unread)


def test_credits_leave_half_of_the_minimum() -> None:
    conf = "dictcheck = 0\nminlen = 20\ndcredit = 20\n"
    change = change_of(RED_HAT, files={CONF: conf})
    assert change.quality
    assert change.quality.shortest == 10  # ten digits earn ten credits


@pytest.mark.parametrize(
    ("text", "minlen"),
    [
        ("minlen=10", 10),
        ("  minlen 10  ", 10),
        ("minlen = 10#ten", 10),
        ("#minlen = 10", 8),
        ("minlen =", 8),
        ("minlen = 10 characters", 8),
        ("minlen = 010", 10),
        ("minlen = 10\nminlen = 11", 11),
        ("local_users_only\nminlen = 11", 11),
        ("difok = many\nminlen = 11", 8),
    ],
)
def test_a_line_of_pwquality_conf(text: str, minlen: int) -> None:
    assert pwquality_settings({CONF: text})["minlen"] == minlen


@pytest.mark.parametrize(
    ("options", "login_defs", "scheme"),
    [
        ("sha512", "ENCRYPT_METHOD MD5", "sha512"),
        ("md5 sha512", "", "sha512"),
        ("", "encrypt_method=SHA512", "sha512"),
        ("", "#ENCRYPT_METHOD SHA512", "des"),
        ("", "ENCRYPT_METHOD BCRYPT", "des"),
        ("", "ENCRYPT_METHOD", "des"),
        ("shadow nullok", "ENCRYPT_METHOD YESCRYPT", "yescrypt"),
        ("gost_yescrypt", "", "gost_yescrypt"),
    ],
)
def test_scheme(options: str, login_defs: str, scheme: str) -> None:
    assert change_of(f"password required pam_unix.so {options}\n", login_defs=login_defs).scheme == scheme


def test_des_cuts_the_minimum_to_eight() -> None:
    assert change_of("password required pam_unix.so minlen=20\n").minlen == 8


def test_remember_is_bounded() -> None:
    assert change_of("password required pam_unix.so remember=9999\n").remembered == 400
    assert change_of("password required pam_unix.so remember=-1\n").remembered == 0
    assert change_of("password required pam_pwhistory.so remember=0\npassword required pam_unix.so\n").remembered == 0
