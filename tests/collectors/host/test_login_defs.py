import json

import pytest

from collectors.host.login_defs import AccountDefaults, account_defaults, key_value
from collectors.readings import Text, Unread


def defaults_of(login_defs: str) -> object:
    return account_defaults.outcome(
        {account_defaults.sources[0].key: Text(json.dumps({"/etc/login.defs": login_defs}))}
    )


def test_the_last_of_a_name_counts() -> None:
    text = 'PASS_MAX_DAYS 99999\n  PASS_MAX_DAYS\t90\n#PASS_MAX_DAYS 1\nPASS_MIN_DAYS 1\nENCRYPT_METHOD "sha512"\n'
    assert defaults_of(text) == AccountDefaults(90, 1, -1, "SHA512")


def test_what_is_not_set() -> None:
    assert defaults_of("") == AccountDefaults()


@pytest.mark.parametrize("text", ["PASS_MAX_DAYS never", "PASS_MIN_DAYS 0400days"])
def test_what_is_no_number_is_not_understood(text: str) -> None:
    assert isinstance(defaults_of(text), Unread)


def test_pam_takes_the_first() -> None:
    assert key_value("#A 0\nB 9\na=1\nA 2\n", "A") == "1"
    assert key_value("", "A") is None
    assert AccountDefaults(max_days=99999).expires is False
    assert AccountDefaults(max_days=90).expires
