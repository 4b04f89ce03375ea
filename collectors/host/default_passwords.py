"""Accounts whose password is one that everybody knows; compared on the target, which the hash never leaves.

Each stored hash is compared there with a handful of published passwords by crypt(3), through perl or, where there is none,
through python3. What comes back is the account and what class of password it was, neither the hash nor the word that fitted.
"""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.crypt_programs import PERL, PYTHON
from collectors.host.vendor_defaults import generic_words, vendor_defaults
from collectors.sources import Command

_MOST = 64
"""How many accounts are compared; those that a password opens come first."""
_EACH = 8
"""Seconds for one account; a hash may be made to cost minutes."""
_ALL = 20
"""Seconds after which no further account is begun."""


def _rows() -> str:
    """``CLASS TAB USER TAB PASSWORD``, one to a line; the user ``*`` is everybody."""
    rows = [
        ("vendor-default:" + one.id, user, user if secret == "=user" else secret)  # noqa: S105 - a mark of the table
        for one in vendor_defaults().values()
        for user in one.users
        for secret in one.secrets
    ]
    return "\n".join("\t".join(row) for row in [*rows, *(("generic", "*", word) for word in generic_words())])


_SCRIPT = f"""
unset PERL5OPT PERL5LIB PERL5DB PERL_UNICODE LD_PRELOAD LD_LIBRARY_PATH
if perl -e "crypt(q(a), q(ab))" >/dev/null 2>&1; then exec perl -e {shlex.quote(PERL)} "$@"; fi
for python in python3 /usr/libexec/platform-python; do
  if "$python" -I -c "import ctypes" >/dev/null 2>&1; then exec "$python" -I -c {shlex.quote(PYTHON)} "$@"; fi
done
echo "there is neither perl nor python3 with ctypes to compare with" >&2
exit 3
"""


def comparison(most: int = _MOST, each: int = _EACH, everything: int = _ALL) -> Command:
    """``NAME:MARK:CLASS`` for each account with a stored hash, within so many accounts, seconds for one, seconds for all.

    MARK is the ``!`` or ``*`` of a locked one, else ``-``; CLASS is ``vendor-default:ID``, ``user-name``,
    ``user-name-reversed``, ``generic``, ``none``, or ``not-compared:WHY``.
    """
    line = shlex.join(["sh", "-c", _SCRIPT, "sh", _rows(), str(most), str(each), str(everything)])
    return Command(line, name="comparison with default passwords", seconds=each + everything + 2)


_WHY_NOT = {
    "scheme": "the target's crypt(3) does not make hashes of this form",
    "time": f"comparing did not end within {_EACH} s for the account and {_ALL} s for all",
    "many": f"more than {_MOST} accounts have a password",
}
_FITS = {"user-name", "user-name-reversed", "generic"}


@dataclass(frozen=True)
class DefaultPassword(Fact):
    """What comparing one account's stored hash with well-known passwords told. Accounts without a hash have none of it."""

    account: str
    kind: str = ""
    """``vendor-default``, ``user-name``, ``user-name-reversed`` or ``generic``; empty where nothing fitted."""
    product: str = ""
    """Whose default it is, for ``vendor-default``."""
    locked: bool = False
    """Whether a mark before the hash keeps every password from opening the account."""
    not_compared: str = ""
    """Why it was not compared, or not with everything; empty where it was."""

    @property
    def subject(self) -> str:
        """The account's name."""
        return self.account


@collector(comparison())
def default_passwords(compared: str) -> tuple[DefaultPassword, ...]:
    """One for each account with a stored hash."""
    return tuple(_one(line) for line in compared.splitlines())


def _one(line: str) -> DefaultPassword:
    name, mark, told = line.split(":", 2)
    if not name or mark not in {"-", "!", "*"}:
        raise ValueError("not a line of the comparison")
    locked = mark != "-"
    kind, _, rest = told.partition(":")
    if kind == "vendor-default":
        return DefaultPassword(name, kind, vendor_defaults()[rest].product, locked)
    if kind == "not-compared":
        return DefaultPassword(name, locked=locked, not_compared=_WHY_NOT[rest])
    if told == "none":
        return DefaultPassword(name, locked=locked)
    if told not in _FITS:
        raise ValueError("not a class of password")
    return DefaultPassword(name, told, locked=locked)
