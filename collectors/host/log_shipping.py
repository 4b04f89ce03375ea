"""What sends logs to another host, other than rsyslog."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Only whether there is an address that is not this host: an address may carry a name and a password.
_AWK = r"""
FILENAME ~ /au-remote/ { if ($1 == "active") out("audit=" $3); next }
/^[ \t]*URL.*=/ { out("journal=" (/=.*[a-z0-9]/ && !/=.*(localhost|\/\/127\.|\[::1\])/ ? "yes" : "no")) }
"""


@dataclass(frozen=True)
class LogShipping(Fact):
    """Shippers whose own file says whether they send."""

    journal_upload: bool = False
    """Whether systemd-journal-upload has an address of another host."""
    audit_remote: bool = False
    """Whether the audit daemon's plugin for another host is active."""


@collector(
    excerpt(
        "log shipping",
        "/etc/systemd/journal-upload.conf",
        "/etc/systemd/journal-upload.conf.d/*.conf",
        "/etc/audit/plugins.d/au-remote.conf",
        "/etc/audisp/plugins.d/au-remote.conf",
        awk=_AWK,
    )
)
def log_shipping(text: str) -> LogShipping:
    """Of several assignments the last one wins."""
    said = {}
    for lines in by_file(text).values():
        for line in lines:
            name, _, value = line.partition("=")
            said[name] = value.lower()
    if set(said) - {"journal", "audit"}:
        raise ValueError("a line that the script does not print")
    return LogShipping(said.get("journal") == "yes", said.get("audit") == "yes")
