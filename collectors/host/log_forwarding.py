"""Where rsyslog sends the logs, and whether they are encrypted on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Passwords of databases stand beside: of each statement only its kind and the parameters of an allow list leave the target.
_AWK = r"""
function parameters(text,   said, key) {
  said = ""
  while (match(text, /[A-Za-z0-9_.]+[ \t]*=[ \t]*"[^"]*"/)) {
    key = tolower(substr(text, RSTART, index(substr(text, RSTART), "=") - 1)); gsub(/[ \t]/, "", key)
    if (key ~ /^(type|target|protocol|streamdriver|streamdriver\.name|streamdrivermode|streamdriver\.mode|tls|file|defaultnetstreamdriver)$/)
      said = said " " key "=" substr(text, RSTART + index(substr(text, RSTART), "\""), RLENGTH - index(substr(text, RSTART, RLENGTH), "\"") - 1) ";"
    text = substr(text, RSTART + RLENGTH)
  }
  return said
}
FNR == 1 { inside = ""; quote = 0 }
{
  line = $0
  if (inside == "") {
    if (line ~ /^[ \t]*#/) next
    if (tolower(line) ~ /^[ \t]*\$(actionsendstreamdrivermode|defaultnetstreamdriver|actionsendstreamdriver|includeconfig)[ \t]/) {
      out("$ " tolower(substr($1, 2)) " " $2); next
    }
    if (match(line, /(^|[ \t&])@@?(\([^)]*\))?[^ \t;"]+/) && substr(line, 1, RSTART) !~ /"/) {
      word = substr(line, RSTART, RLENGTH); sub(/^[ \t&]+/, "", word); out("forward " word); next
    }
  }
  while (line != "") {
    if (inside == "") {
      low = tolower(line)
      if (!match(low, /(action|global|include)[ \t]*\(/)) break
      inside = substr(low, RSTART, 6); text = ""; quote = 0
      line = substr(line, RSTART + RLENGTH)
    }
    end = 0
    for (i = 1; i <= length(line); i++) {
      c = substr(line, i, 1)
      if (c == "\\" && quote) { i++; continue }
      if (c == "\"") quote = !quote
      else if (!quote && c == "#") { line = substr(line, 1, i - 1); break }
      else if (!quote && c == ")") { end = i; break }
    }
    if (!end) { text = text " " line; break }
    out((inside ~ /^incl/ ? "include" : inside) parameters(text " " substr(line, 1, end - 1)))
    line = substr(line, end + 1); inside = ""
  }
}
"""


@dataclass(frozen=True)
class LogForward(Fact):
    """One place that rsyslog sends to."""

    target: str
    """Host name or address."""
    protocol: str = "udp"
    """``udp``, ``tcp`` or ``relp``."""
    encrypted: bool = False
    """Whether TLS is required on the way there."""

    @property
    def subject(self) -> str:
        """Where the logs go."""
        return f"{self.target} by {self.protocol}"

    @property
    def local(self) -> bool:
        """Whether it stays on this machine."""
        return self.target in ("localhost", "::1") or self.target.startswith("127.")


@collector(excerpt("rsyslog configuration", "/etc/rsyslog.conf", "/etc/rsyslog.d/*", awk=_AWK, programs=("rsyslogd",)))
def log_forwards(text: str) -> tuple[LogForward, ...]:
    """rsyslog.conf(5): ``@host`` is UDP, ``@@host`` TCP, encrypted when ``$ActionSendStreamDriverMode 1`` and a TLS driver
    stand before it; ``omfwd`` needs ``StreamDriverMode`` and a driver, its own or the global one; ``omrelp`` has ``tls``.
    """
    files = by_file(text)
    if "/etc/rsyslog.conf" not in files:
        return ()
    lines = list(_unfolded("/etc/rsyslog.conf", files, 0))
    driver = ""
    for line in lines:
        if line.startswith("global"):
            driver = _parameters(line).get("defaultnetstreamdriver", driver)
        elif line.startswith("$ defaultnetstreamdriver "):
            driver = line.split()[2]
    found: list[LogForward] = []
    mode, legacy_driver = "0", ""
    for line in lines:
        if line.startswith("$ actionsendstreamdrivermode "):
            mode = line.split()[2]
        elif line.startswith("$ actionsendstreamdriver "):
            legacy_driver = line.split()[2]
        elif line.startswith("forward "):
            found.append(_legacy(line.removeprefix("forward "), encrypts(legacy_driver or driver) and mode == "1"))
        elif line.startswith("action"):
            found += _action(_parameters(line), driver)
    return tuple(dict.fromkeys(found))


def encrypts(driver: str) -> bool:
    """Whether a network stream driver speaks TLS: GnuTLS, OpenSSL, mbed TLS; ``ptcp`` is plain."""
    return driver.lower() in ("gtls", "ossl", "mbedtls")


def _parameters(line: str) -> dict[str, str]:
    return dict(re.findall(r" ([a-z.]+)=([^;]*);", line))


def _legacy(word: str, encrypted: bool) -> LogForward:
    parsed = re.fullmatch(r"(@@?)(?:\([^)]*\))?(?:\[([^\]]+)\]|([^:@]+))(?::.*)?", word)
    if not parsed:
        raise ValueError("not a place to forward to")
    tcp = parsed.group(1) == "@@"
    return LogForward(parsed.group(2) or parsed.group(3), "tcp" if tcp else "udp", tcp and encrypted)


def _action(said: dict[str, str], driver: str) -> Iterator[LogForward]:
    kind = said.get("type", "").lower()
    if kind == "omfwd":
        tcp = said.get("protocol", "udp").lower() == "tcp"
        own = said.get("streamdriver") or said.get("streamdriver.name") or driver
        mode = said.get("streamdrivermode") or said.get("streamdriver.mode") or "0"
        yield LogForward(said["target"], "tcp" if tcp else "udp", tcp and mode == "1" and encrypts(own))
    elif kind == "omrelp":
        yield LogForward(said["target"], "relp", said.get("tls", "off").lower() == "on")


def _unfolded(path: str, files: dict[str, list[str]], depth: int) -> Iterator[str]:
    if depth > 5:
        raise RecursionError("includes in a circle")
    for line in files[path]:
        if line.startswith("$ includeconfig "):
            wanted = line.split(None, 2)[2]
        elif line.startswith("include"):
            wanted = _parameters(line)["file"]
        else:
            yield line
            continue
        if wanted.rpartition("/")[0] != "/etc/rsyslog.d":
            raise LookupError("an include that was not read")
        for one in sorted(files):
            if fnmatchcase(one, wanted):
                yield from _unfolded(one, files, depth + 1)
