r"""What may be known of a stored password: whether there is one, and how it is hashed; never the hash.

The hash is reduced to ``MARK:SCHEME:COST`` on the target, by a shell function that other scripts begin with. The forms of
hashes are those of crypt(5), the marks those of passwd(5) and shadow(5).
"""

from dataclasses import dataclass

REDUCE = r"""
LC_ALL=C; export LC_ALL
set -f
newline="
"
cost_of() {
  case $1 in
    rounds=*) kept_cost=${1#rounds=}; kept_cost=${kept_cost%%\$*} ;;
    *) kept_cost=$2 ;;
  esac
  case $kept_cost in ""|*[!0-9]*|??????????*) kept_cost=- ;; esac
}
reduce() {
  kept_mark=- kept_cost=- rest=$1
  case $rest in
    "") kept=-:empty:-; return ;;
    "!"*) kept_mark="!" ;;
    "*"*) kept_mark="*" ;;
  esac
  while :; do
    case $rest in "!"*|"*"*) rest=${rest#?} ;; *) break ;; esac
  done
  case $rest in
    "\$y\$"*) scheme=yescrypt ;;
    "\$gy\$"*) scheme=gost-yescrypt ;;
    "\$7\$"*) scheme=scrypt ;;
    "\$argon2"*) scheme=argon2 ;;
    "\$2"[abxy]"\$"*) scheme=bcrypt; cost_of "rounds=${rest#\$2?\$}" ;;
    "\$6\$"*) scheme=sha512; cost_of "${rest#\$6\$}" 5000 ;;
    "\$5\$"*) scheme=sha256; cost_of "${rest#\$5\$}" 5000 ;;
    "\$1\$"*) scheme=md5 ;;
    "\$md5"*) scheme=sun-md5 ;;
    "\$sha1\$"*) scheme=sha1 ;;
    "\$3\$"*) scheme=nt ;;
    "\$"*) scheme=unrecognised ;;
    _???????????????????) scheme=bsdi-des ;;
    *[!./0-9A-Za-z]*) scheme=none ;;
    ?????????????) scheme=des ;;
    *) scheme=none ;;
  esac
  kept=$kept_mark:$scheme:$kept_cost
}
"""
"""POSIX sh: ``reduce FIELD`` leaves ``MARK:SCHEME:COST`` in ``$kept``; ``-`` stands for nothing."""

_SCHEMES = frozenset(
    {
        *("yescrypt", "gost-yescrypt", "scrypt", "argon2", "bcrypt", "sha512", "sha256"),
        *("md5", "sun-md5", "sha1", "nt", "unrecognised", "bsdi-des", "des"),
    }
)


@dataclass(frozen=True)
class Kept:
    """One password field, reduced."""

    state: str = "locked"
    """``set`` (a password opens it), ``empty`` (none is needed), or ``locked`` (no password opens it)."""
    mark: str = ""
    """The ``!`` or ``*`` that the field begins with."""
    scheme: str = ""
    """How the hash was made, also behind a mark; empty where there is no hash."""
    cost: int | None = None
    """Rounds of SHA-crypt, or the binary logarithm of bcrypt's; None for other schemes."""

    @property
    def described(self) -> str:
        """E.g. ``sha512 rounds=5000``, ``locked``, ``locked-with-hash (bcrypt cost=12)``, ``empty``."""
        if not self.scheme:
            return self.state
        unit = "cost" if self.scheme == "bcrypt" else "rounds"
        hashed = self.scheme if self.cost is None else f"{self.scheme} {unit}={self.cost}"
        return f"locked-with-hash ({hashed})" if self.state == "locked" else hashed


LOCKED = Kept()
"""A field that no password matches, without a hash."""


def kept(text: str) -> Kept:
    """Understand what ``reduce`` said."""
    mark, scheme, cost = text.split(":")
    if mark not in {"-", "!", "*"}:
        raise ValueError("not a mark")
    mark = mark.removeprefix("-")
    if scheme == "empty":
        return Kept("empty")
    if scheme == "none":
        return Kept("locked", mark)
    if scheme not in _SCHEMES:
        raise ValueError("not a scheme")
    return Kept("locked" if mark else "set", mark, scheme, None if cost == "-" else int(cost))
