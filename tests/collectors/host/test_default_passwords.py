import re
from collections import Counter

import pytest

from collectors.host.default_passwords import DefaultPassword, comparison, default_passwords
from collectors.host.vendor_defaults import _table, generic_words, vendor_defaults
from collectors.readings import Text, Unread

KEY = comparison().key


def outcome(text: str) -> object:
    return default_passwords.outcome({KEY: Text(text)})


def test_classes() -> None:
    assert outcome("pi:!:vendor-default:raspberry-pi-os\nana:-:none\nben:*:generic\ncleo:-:not-compared:scheme\n") == (
        DefaultPassword("pi", "vendor-default", "Raspberry Pi OS before April 2022", locked=True),
        DefaultPassword("ana"),
        DefaultPassword("ben", "generic", locked=True),
        DefaultPassword("cleo", not_compared="the target's crypt(3) does not make hashes of this form"),
    )
    assert outcome("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "pi",
        "pi:-",
        ":-:none",
        "pi:?:none",
        "pi:-:",
        "pi:-:nonesuch",
        "pi:-:vendor-default:",
        "pi:-:vendor-default:nonesuch",
        "pi:-:not-compared:nonesuch",
        "ana:-:none\n\n",
    ],
)
def test_what_is_not_understood_is_no_pass(text: str) -> None:
    assert isinstance(outcome(text), Unread)


def test_the_table_keeps_to_its_schema() -> None:
    table = _table()
    assert set(table) == {"generic", "default"}
    assert len(set(generic_words())) == 5
    for one in table["default"]:
        assert set(one) == {"id", "product", "users", "secrets"}
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one["id"])
        assert one["product"]
        assert one["users"]
        assert one["secrets"]
        for word in (*one["users"], *one["secrets"]):
            assert isinstance(word, str)
            assert word
            assert word.isprintable()
        for user in one["users"]:
            assert re.fullmatch(r"[a-z_][a-z0-9_-]*", user)
    assert len(vendor_defaults()) == len(table["default"])


def test_no_pair_stands_twice_and_no_name_has_too_many() -> None:
    pairs = Counter(
        (user, user if secret == "=user" else secret)
        for one in vendor_defaults().values()
        for user in one.users
        for secret in one.secrets
    )
    assert not [pair for pair, count in pairs.items() if count > 1]
    assert not [user for user, count in Counter(user for user, _ in pairs).items() if count > 24]
