"""What sends logs to another host, other than rsyslog."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

# Only whether there is an address that is not this host: an address may carry a name and a password.
_SCRIPT = r"""
for place in /etc/audit /etc/systemd/journal-upload.conf.d /etc/audit/plugins.d /etc/audisp/plugins.d; do
  if [ -d $place ] && { [ ! -r $place ] || [ ! -x $place ]; }; then echo "$place: Permission denied" >&2; exit 1; fi
done
for path in /etc/systemd/journal-upload.conf /etc/systemd/journal-upload.conf.d/*.conf; do
  if [ ! -e "$path" ]; then continue; fi
  while read -r line || [ -n "$line" ]; do
    case $line in
      URL*=*localhost*|URL*=*//127.*|URL*=*\[::1\]*) echo journal=no ;;
      URL*=*[a-z0-9]*) echo journal=yes ;;
      URL*=*) echo journal=no ;;
    esac
  done <"$path" || exit 1
done
for path in /etc/audit/plugins.d/au-remote.conf /etc/audisp/plugins.d/au-remote.conf; do
  if [ ! -e $path ]; then continue; fi
  while read -r word equals value rest || [ -n "$word" ]; do
    if [ "$word" = active ]; then echo "audit=$value"; fi
  done <$path || exit 1
done
"""


@dataclass(frozen=True)
class LogShipping(Fact):
    """Shippers whose own file says whether they send."""

    journal_upload: bool = False
    """Whether systemd-journal-upload has an address of another host."""
    audit_remote: bool = False
    """Whether the audit daemon's plugin for another host is active."""


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="log shipping", needs="sh"))
def log_shipping(listing: str) -> LogShipping:
    """Of several assignments the last one wins."""
    said = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        said[name] = value.lower()
    if set(said) - {"journal", "audit"}:
        raise ValueError("a line that the script does not print")
    return LogShipping(said.get("journal") == "yes", said.get("audit") == "yes")
