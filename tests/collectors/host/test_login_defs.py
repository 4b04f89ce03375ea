import json

import pytest

from collectors.host.login_defs import AccountDefaults, account_defaults, key_value, login_defs_text
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


def test_the_vendors_file_counts_where_the_administrator_has_none() -> None:
    vendor, own = "/usr/etc/login.defs", "/etc/login.defs"
    assert account_defaults.parse({vendor: "PASS_MAX_DAYS 90\n"}).max_days == 90
    assert account_defaults.parse({vendor: "PASS_MAX_DAYS 90\n", own: "PASS_MIN_DAYS 1\n"}).max_days == -1


def test_drop_ins_count_after_the_file_and_the_administrators_before_the_vendors() -> None:
    files = {
        "/etc/login.defs": "PASS_MAX_DAYS 90\nPASS_MIN_DAYS 1 # a comment\n",
        "/usr/etc/login.defs.d/50-a.defs": "PASS_MAX_DAYS 80\nPASS_WARN_AGE 5\n",
        "/usr/etc/login.defs.d/70-b.defs": "PASS_WARN_AGE 6\n",
        "/etc/login.defs.d/50-a.defs": "PASS_MAX_DAYS 70\n",
    }
    found = account_defaults.parse(files)
    assert (found.max_days, found.min_days, found.warn_days) == (70, 1, 6)
    assert key_value(login_defs_text(files), "PASS_MAX_DAYS") == "70"  # first and last are the same then


def test_without_any_of_these_the_text_is_the_file_itself() -> None:
    assert login_defs_text({"/etc/login.defs": "A 1\nA 2\n"}) == "A 1\nA 2\n"
    assert login_defs_text(None) == ""
