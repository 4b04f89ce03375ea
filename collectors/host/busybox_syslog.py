"""busybox's syslogd, as Alpine starts it."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File


@dataclass(frozen=True)
class BusyboxSyslog(Fact):
    """What its options make of the messages."""

    file: str = "/var/log/messages"
    """Where they are written; empty where they are kept in memory only (``-C``)."""
    host: str = ""
    """Where they are sent (``-R``)."""


@collector(File("/etc/conf.d/syslog"))
def busybox_syslog(text: str) -> BusyboxSyslog:
    """The options stand in ``SYSLOGD_OPTS``; the last assignment counts. With ``-R`` alone nothing is written here, unless
    ``-L`` asks for both (busybox syslogd).
    """
    assigned = re.findall(r"^[ \t]*SYSLOGD_OPTS=[\"']?([^\"'#\n]*)", text, re.MULTILINE)
    words = assigned[-1].split() if assigned else []
    host = file = ""
    kept, both = True, False
    for number, word in enumerate(words):
        after = words[number + 1] if number + 1 < len(words) else ""
        if word.startswith("-R"):
            host = word[2:] or after
        elif word.startswith("-O"):
            file = word[2:] or after
        elif word.startswith("-C"):
            kept = False
        elif re.fullmatch(r"-[A-Za-z]*L[A-Za-z]*", word):
            both = True
    written = kept and (both or not host)
    return BusyboxSyslog((file or "/var/log/messages") if written else "", host)
