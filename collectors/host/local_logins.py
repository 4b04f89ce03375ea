"""Whether services of this machine let in with a login that everybody knows: tried, where the operator switched it on.

Only on this machine's own addresses, only with the pairs of the table, one attempt a pair, none after one that let in,
and none where a lockout is seen: Tomcat with its ``LockOutRealm`` (or where its server.xml is not seen), PostgreSQL with
credcheck, MySQL, which may lock an account. What comes back is which pair, and whether it was let in, refused, or unclear.
"""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.login_programs import PYTHON
from collectors.host.stored_defaults import logins
from collectors.sources import Command


def _rows() -> str:
    return "\n".join(
        f"{one.id}\t{one.speaks}\t{one.port}\t{user}\t{secret}" for one in logins() for user, secret in one.pairs
    )


_SCRIPT = f"""
unset PYTHONPATH PYTHONHOME LD_PRELOAD LD_LIBRARY_PATH
for python in python3 /usr/libexec/platform-python; do
  if "$python" -I -c "import http.client, ssl" >/dev/null 2>&1; then
    exec "$python" -I -c {shlex.quote(PYTHON)} {shlex.quote(_rows())}
  fi
done
echo "there is no python3 on the target to log in with" >&2
exit 3
"""

_WHY_NOT = {
    "time": "no answer within a few seconds",
    "connection": "the connection was not accepted",
    "answer": "its answer is neither yes nor no",
    "method": "it asks for a proof that is not known here",
    "client": "there is no mariadb client to ask with",
    "lockout": "it may lock an account after logins that fail, so none was tried",
    "lockout-unseen": "whether it locks accounts after logins that fail could not be seen, so none was tried",
}


@dataclass(frozen=True)
class LocalLogin(Fact):
    """What one attempt told."""

    service: str
    product: str = ""
    user: str = ""
    """Empty where nothing was asked for and nothing given."""
    beyond_loopback: bool = False
    """Whether the service listens for other machines too, and does not turn them away."""
    let_in: bool = False
    unclear: str = ""
    """Why the attempt told nothing; empty where it did."""

    @property
    def subject(self) -> str:
        """The service and the user."""
        return f"{self.service} {self.user or 'without a login'}"


@collector(
    Command(shlex.join(["sh", "-c", _SCRIPT]), name="logins with published pairs", seconds=30, limit=16384, live=True)
)
def local_logins(tried: str) -> tuple[LocalLogin, ...]:
    """The worst of each user of each service that was found listening."""
    *lines, last = tried.splitlines()
    if last != "end":
        raise ValueError("an answer without an end")
    entries = {one.id: one for one in logins()}
    found: dict[str, LocalLogin] = {}
    for line in lines:
        name, scope, number, told = line.split("\t")
        one = entries[name]
        verdict, _, why = told.partition(":")
        if scope not in ("any", "loopback") or verdict not in ("in", "refused", "unclear"):
            raise ValueError("not a line of the attempts")
        user = one.pairs[int(number)][0]
        made = LocalLogin(
            name,
            one.product,
            user,
            beyond_loopback=scope == "any" and why != "protected",
            let_in=verdict == "in",
            unclear=_WHY_NOT[why] if verdict == "unclear" else "",
        )
        before = found.get(made.subject)
        if before is None or made.let_in or (made.unclear and not before.let_in):
            found[made.subject] = made
    return tuple(found.values())
