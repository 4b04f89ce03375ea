"""How the password of each local account is kept: state, scheme and ages; never the hash."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.hashes import LOCKED, REDUCE, Kept, kept
from collectors.host.identifiers import NAMES, identifiers
from collectors.sources import Command

_SCRIPT = (
    REDUCE
    + r"""
if [ ! -e /etc/shadow ] && [ ! -L /etc/shadow ]; then echo "no shadow file"; exit 0; fi
entries=$(cat /etc/shadow) || exit 1
echo "shadow file"
IFS=$newline
for line in $entries; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*:*:*) ;; *) echo malformed; continue ;; esac
  name=${line%%:*}; line=${line#*:}
  reduce "${line%%:*}"
  line=${line#*:}
  case $line in *[!0-9:-]*) echo malformed ;; *) printf "%s:%s:%s\n" "$name" "$kept" "$line" ;; esac
done
"""
)
SHADOW = Command(shlex.join(["sh", "-c", _SCRIPT]), name="shadow states", limit=1 << 20, reads_only=True)
"""``shadow file`` or ``no shadow file``, then ``NAME:MARK:SCHEME:COST:`` and fields 3 to 9 of shadow(5), one to a line."""


@dataclass(frozen=True)
class Password(Fact):
    """How one account's password is kept, by the file that login programs take it from (pam_unix(8))."""

    account: str
    kept: Kept = LOCKED
    place: str = "shadow"
    """``shadow``; ``passwd`` where the passwd file's own field is no pointer; ``nowhere``: it points to no entry."""
    changed: int | None = None
    """Day of the last change, in days since the epoch; 0 asks for a new one at the next login; None without ageing."""
    minimum_age: int | None = None
    """Days."""
    maximum_age: int | None = None
    """Days."""
    inactive: int | None = None
    """Days after the password's end at which the account is disabled."""
    expires: int | None = None
    """Day on which the account is disabled, in days since the epoch."""

    @property
    def subject(self) -> str:
        """The account's name."""
        return self.account


@collector(NAMES, SHADOW)
def passwords(names: str, shadow: str) -> tuple[Password, ...]:
    """One for each user of the passwd file. Of several shadow entries of one name the first counts, as for glibc."""
    entries: dict[str, Password] = {}
    lines = shadow.splitlines()
    if not lines or lines[0] not in {"shadow file", "no shadow file"}:
        raise ValueError("not the states of a shadow file")
    for line in lines[1:]:
        entry = _entry(line)
        entries.setdefault(entry.account, entry)
    found = []
    for user in identifiers.parse(names).users:
        if user.password is not None:
            found.append(Password(user.name, user.password, "passwd"))
        else:
            found.append(entries.get(user.name, Password(user.name, place="nowhere")))
    return tuple(found)


def _entry(line: str) -> Password:
    name, mark, scheme, cost, changed, minimum, maximum, _warning, inactive, expires, _reserved = line.split(":")
    return Password(
        name,
        kept(f"{mark}:{scheme}:{cost}"),
        changed=_days(changed),
        minimum_age=_days(minimum),
        maximum_age=_days(maximum),
        inactive=_days(inactive),
        expires=_days(expires),
    )


def _days(field: str) -> int | None:
    """An empty field and -1 both mean that there is no such limit."""
    days = int(field) if field.strip() else -1
    return None if days < 0 else days
