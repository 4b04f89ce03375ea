"""What a name says of its value, e.g. of a variable ``DB_PASSWORD``: a secret, unless the value refers to one.

Names are read as words: ``dbPassword``, ``DB_PASSWORD_PROD`` and ``/prod/db/password`` all end in a password.
"""

import re

from collectors.aws.secret_rules import real

BY_NAME = "value-of-a-secret-name"
MAYBE = "secret-or-its-name"
"""A value of plain words behind a name like ``DB_SECRET``, or a path of them: a poor secret, or the name of one that is kept
elsewhere. Also what a shell would take for a variable."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORD = re.compile(".*(password|passwd|passphrase)")
_SECRET = re.compile(".*(secret|token|apikey)")
_KEYS = re.compile(
    "access|account|aes|api|app|auth|client|encryption|hmac|jwt|license|master|private|secret|shared|signing|webhook"
)
_KINDS_OF_KEYS = {"api": "api key", **dict.fromkeys(("encryption", "master", "signing"), "encryption key")}
_WHICH = re.compile(
    "backup|base|current|default|dev|development|live|main|new|old|plain|plaintext|previous|primary|prod|production|qa|secondary"
    "|stage|staging|string|test|testing|text|value"
)
"""What may follow in a name and tells which of several it is."""


def meaning(name: str) -> str:
    """``password``, ``secret``, ``key``, ``api key`` or ``encryption key``, as the name says; empty where it says nothing of the
    kind.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and _WHICH.fullmatch(words[-1]):
        words.pop()
    if not words or "public" in words:
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if _PASSWORD.fullmatch(last) or (last in {"pass", "pwd", "pw"} and before):
        return "password"
    if last == "key":
        return _KINDS_OF_KEYS.get(before, "key") if _KEYS.fullmatch(before) else ""
    return "secret" if _SECRET.fullmatch(last) else ""


_UNSET = re.compile(
    r"(?i:<.*>|placeholder|todo|tbd|n/?a|unset|empty|dummy|not[-_ ]?(set|used)|(to[-_ ]?be[-_ ]?)?replaced?([-_ ].*)?|"
    r"(enabled?|disabled?|default|required))$"
)
_VARIABLE = re.compile(r"[$](?![({]|[A-Z_][A-Z0-9_]*$).")
"""To a shell, a variable; but no shell reads most of these values."""
_UUID = re.compile(r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
_KEY_ID = re.compile(r"[a-z0-9]{10}$")
_YAML = re.compile(
    r"[ \t]*(?:- +)?[\"']?([A-Za-z][A-Za-z0-9_.-]{0,99})[\"']?:[ \t]+[\"']?([^\s\"'#|>&*][^\s\"']*)(?<![,;({\[])[\"']?[ \t]*(?:#.*)?$"
)
_PLAIN = re.compile(r"([A-Z]?[a-z]+|[A-Z]+|v?[0-9]{1,5})([-_./: ]([A-Z]?[a-z]+|[A-Z]+|v?[0-9]{1,4}))*$")


def by_name(name: str, value: str) -> str:
    """The kind of secret that a value is by its name; empty where it is none."""
    what = meaning(name)
    if not what or _UNSET.match(value):
        return ""
    if not real(value):
        return MAYBE if _VARIABLE.match(value) else ""
    if what == "password":
        return MAYBE if "/" in value and _PLAIN.match(value) else BY_NAME
    if _PLAIN.match(value):
        return "" if "/" in value or value.isdigit() else MAYBE
    if what == "encryption key" and _UUID.match(value):
        return ""  # the name of a key of KMS
    if what == "api key" and _KEY_ID.match(value):
        return MAYBE  # how API Gateway names keys
    return BY_NAME


def in_yaml(line: str) -> str:
    """The kind of secret of a line ``name: value``."""
    found = _YAML.match(line)
    return BY_NAME if found and by_name(*found.groups()) == BY_NAME else ""
