"""What this machine's own servers answer to someone who calls them with TLS."""

import base64
import shlex
from collections import defaultdict
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.listeners import Listener, address_of
from collectors.host.tls_hello import VERSIONS, hello, steps
from collectors.host.tls_program_perl import PERL
from collectors.host.tls_program_python import PYTHON
from collectors.host.x509 import Certificate, certificate
from collectors.sources import KIB, Command

FOR_TLS = {
    443: "https",
    465: "submissions",
    563: "nntps",
    636: "ldaps",
    853: "dns over TLS",
    990: "ftps",
    992: "telnets",
    993: "imaps",
    995: "pop3s",
    2376: "docker",
    3269: "global catalogue",
    5061: "sips",
    5671: "amqps",
    5986: "winrm",
    6443: "kubernetes",
    6514: "syslog",
    8443: "https",
    8883: "mqtts",
}
"""Ports that are registered, or by long custom kept, for TLS alone."""

_OFTEN = (2379, 2380, 3128, 4443, 6697, 8006, 8089, 9090, 9093, 9200, 9443, 10000, 10250, 10443)
"""Ports where TLS is as common as clear text; a listener there is asked, and one that knows no TLS passed over."""

_GREETED = {
    21: "ftp",
    25: "smtp",
    110: "pop3",
    143: "imap",
    389: "ldap",
    587: "smtp",
    3306: "mysql",
    5432: "postgres",
}
"""Ports where TLS begins after a greeting in clear."""

_MOST, _SECONDS, _BYTES = 24, 4, 64 * KIB

_KINDS = " ".join(f"{port:04X} {_GREETED.get(port, 'tls')}" for port in sorted({*FOR_TLS, *_OFTEN, *_GREETED}))

# Sockets that listen, on a port that is asked, and not on a loopback address (of a little-endian machine, as all but s390x).
_AWK = r"""
BEGIN { n = split(kinds, word, " "); for (i = 1; i < n; i += 2) kind[word[i]] = word[i + 1] }
$4 == "0A" {
  split($2, part, ":"); address = part[1]; port = part[2]
  if (!(port in kind) || seen[$2]++ || address ~ /^(0000000000000000FFFF0000)?......7F$/) next
  if (address == "00000000000000000000000001000000") next
  # MySQL bars an address that hangs up on it too often, but never the loopback one.
  if (kind[port] == "mysql" && address !~ /^0+$/) next
  print address, port, kind[port]
}
"""

_SCRIPT = f"""
unset PERL5OPT PERL5LIB PERL5DB PERL_UNICODE LD_PRELOAD LD_LIBRARY_PATH SSL_CERT_FILE SSL_CERT_DIR
set -- /proc/net/tcp
[ ! -e /proc/net/tcp6 ] || set -- "$@" /proc/net/tcp6
rows=$(awk -v kinds={shlex.quote(_KINDS)} {shlex.quote(_AWK)} "$@") || exit 1
if [ -z "$rows" ]; then echo end; exit; fi
openssl=0
if command -v openssl >/dev/null 2>&1; then openssl=1; fi
set -- "$rows" {shlex.quote(steps())} {shlex.quote(" ".join(map(hello, VERSIONS)))} {_SECONDS} {_BYTES} "$openssl" {_MOST}
if perl -e "use Socket; use Fcntl" >/dev/null 2>&1; then exec perl -e {shlex.quote(PERL)} "$@"; fi
for python in python3 /usr/libexec/platform-python; do
  if "$python" -I -c "import socket" >/dev/null 2>&1; then exec "$python" -I -c {shlex.quote(PYTHON)} "$@"; fi
done
echo "there is neither perl nor python3 to ask listeners with" >&2
exit 3
"""

_REFUSALS = {
    "alert 40": "handshake_failure",
    "alert 47": "illegal_parameter",
    "alert 70": "protocol_version",
    "alert 71": "insufficient_security",
    "alert 80": "internal_error",
    "alert 86": "inappropriate_fallback",
}
"""Alerts (RFC 8446, 6.2) with which a server turns down an old version."""

_WHY = {
    "many": f"more than {_MOST} listeners speak TLS or may: it was not asked",
    "silent": f"it did not answer within {_SECONDS} s",
    "long": f"it said more than {_BYTES // KIB} KiB",
    "unreachable": "it takes no connection from this machine",
    "closed": "it hangs up on every hello",
    "no-openssl": "openssl is not installed on the target",
    "alert 112": "it only answers those who name the host they want",
}


@dataclass(frozen=True)
class TlsListener(Fact):
    """One listener beyond loopback, on a port where TLS is spoken. Only what it shows to a caller who names no host."""

    socket: Listener
    encrypts: bool | None = True
    """Whether it speaks TLS, after its greeting where that is the way; None where that could not be seen."""
    old: tuple[str, ...] | None = ()
    """Versions before TLS 1.2 with which a handshake comes to its end; None where that could not be seen."""
    certificate: Certificate | None = None
    """The one that it shows; None where none was seen."""
    trust: int | None = None
    """What OpenSSL says of its chain against the target's own store: 0, or a code of verify(1); None where it was not told."""
    greeting: str = ""
    """The protocol within which TLS begins, e.g. ``smtp``; empty where it begins at once."""
    unseen: str = ""
    """Why something is None."""

    @property
    def subject(self) -> str:
        """Port and address."""
        return f"{self.socket.name} on {self.socket.address}"


@collector(
    Command(shlex.join(["sh", "-c", _SCRIPT]), name="TLS of own listeners", seconds=_SECONDS + 4, live=True, needs="sh")
)
def tls_listeners(said: str) -> tuple[TlsListener, ...]:
    """Lines of ``tls_program_perl``, in the order of the listeners' answers; the last is ``end``."""
    lines = said.split("\n")
    if lines[-2:] != ["end", ""]:
        raise ValueError("an answer that is cut off")
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for line in lines[:-2]:
        number, what, rest = line.split(" ", 2)
        if what == "try":
            turn, _, rest = rest.partition(" ")
            what = f"try {turn}"
        told[number][what] = rest
    return tuple(_listener(one) for one in told.values())


def _listener(told: dict[str, str]) -> TlsListener:
    raw, port, kind = told["listener"].split(" ")
    first = told["try 0"]
    text, _, code = told.get("certificate", "").partition(" ")
    shown, unseen = None, ""
    try:
        shown = certificate(base64.b64decode(text, validate=True)) if code else None
    except ValueError:
        unseen = "its certificate was not understood"
    old, why = _old(told, shown is not None)
    if not code:
        unseen = _WHY.get(first if first in _WHY and first != "closed" else text, "")
    answered = first.startswith(("alert ", "offers ")) or bool(code)
    return TlsListener(
        socket=Listener("tcp", address_of(raw), int(port, 16)),
        encrypts=True if answered else (False if first in ("plain", "no-starttls") else None),
        old=old,
        certificate=shown,
        trust=int(code) if code.isdigit() else None,
        greeting="" if kind == "tls" else kind,
        unseen=why or unseen,
    )


def _old(told: dict[str, str], works: bool) -> tuple[tuple[str, ...] | None, str]:
    """Old versions that are offered, or why they are not known.

    That the server turns an old hello down tells of its versions only where a hello of today ``works``; but for the alert
    that says so itself.
    """
    offered = []
    for turn in range(len(VERSIONS)):
        answer, _, version = told.get(f"try {turn}", "").partition(" ")
        if answer != "offers":
            break
        offered.append(VERSIONS[version])
    first = told["try 0"]
    if offered or first in ("plain", "no-starttls"):
        return tuple(dict.fromkeys(offered)), ""
    if first == "alert 70" or (works and (first in _REFUSALS or first == "closed")):
        return (), ""
    return None, _WHY.get(first, "it turns down every hello")
