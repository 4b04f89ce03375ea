"""The Docker daemon's management interface."""

import re
from dataclasses import dataclass
from itertools import pairwise

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# daemon.json and units may hold tokens of log drivers: only what names an address or turns TLS on leaves the target.
_AWK = r"""
FILENAME ~ /\.json$/ {
  text = $0
  while (match(text, /"(hosts|tls|tlsverify)"[ \t]*:|"(tcp|unix|fd|npipe):[^"]*"|\]|true|false/)) {
    out(substr(text, RSTART, RLENGTH))
    text = substr(text, RSTART + RLENGTH)
  }
  next
}
/^[ \t]*[#;]/ { next }
/^[ \t]*ListenStream[ \t]*=/ { sub(/^[ \t]*ListenStream[ \t]*=[ \t]*/, ""); out("socket " $1) }
/^[ \t]*(DOCKER_OPTS|OPTIONS)=/ { inside = 1; out("variable " substr($1, 1, index($1, "=") - 1)); sub(/^[^=]*=/, ""); gsub(/["\047]/, "") }
/^[ \t]*ExecStart[ \t]*=/ { inside = 1; out("start"); sub(/^[ \t]*ExecStart[ \t]*=/, "") }
inside {
  for (i = 1; i <= NF; i++) {
    word = bare($i)
    if (hosted) { out("host " word); hosted = 0 }
    else if (word == "-H" || word == "--host") hosted = 1
    else if (word ~ /^(-H.|--host=)/) { sub(/^(-H=?|--host=)/, "", word); out("host " bare(word)) }
    else if (word ~ /^--tls(verify)?(=true)?$/) out("option " word)
    else if (word ~ /^--config-file/) out("unread " word)
    else if (word ~ /^\$/) { gsub(/[${}]/, "", word); out("variable " word) }
  }
  if ($0 !~ /\\$/) inside = 0
}
"""


@dataclass(frozen=True)
class DockerDaemon(Fact):
    """Where the daemon takes commands."""

    hosts: tuple[str, ...] = ()
    """Addresses as configured (``tcp://0.0.0.0:2375``, ``fd://``); empty means the local socket."""
    verifies_clients: bool = False
    """``tlsverify``: only clients with a certificate of its authority are heard."""

    @property
    def subject(self) -> str:
        """There is one."""
        return "docker"

    @property
    def beyond_loopback(self) -> tuple[str, ...]:
        """The TCP addresses that other machines can reach. Without a host, ``tcp://`` means this machine."""
        return tuple(one for one in self.hosts if _reachable(one))


def _reachable(address: str) -> bool:
    scheme, _, rest = address.rpartition("://")
    if scheme not in ("", "tcp", "socket") or rest.startswith("/"):
        return False
    named = re.fullmatch(r"(?:\[([^\]]*)\]|([^:/]*))(?::\d+)?(?:/.*)?", rest)
    if not named:
        raise ValueError("not an address of the daemon")
    host = named.group(1) or named.group(2) or ""
    if scheme == "socket":
        return not host.startswith("127.") and host != "::1"
    return host not in ("", "localhost", "::1") and not host.startswith("127.")


_ENVIRONMENTS = ("/etc/default/docker", "/etc/sysconfig/docker")
"""Files of variables that Debian's and Red Hat's units put behind the command."""
_UNITS = ("/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system")


@collector(
    excerpt(
        "docker configuration",
        "/etc/docker/daemon.json",
        *_ENVIRONMENTS,
        *(f"{place}/docker.{kind}" for place in _UNITS for kind in ("service", "socket")),
        *(f"{place}/docker.{kind}.d/*.conf" for place in _UNITS for kind in ("service", "socket")),
        awk=_AWK,
        programs=("dockerd",),
        first=r'printf "dockerd\t\n"',
    )
)
def docker_daemons(text: str) -> tuple[DockerDaemon, ...]:
    """Each ``ExecStart=`` begins anew, a unit under /etc replaces the vendor's, and drop-ins come after it
    (systemd.unit(5)); ``hosts`` of daemon.json and ``-H`` add up.
    """
    files = by_file(text)
    if not files:
        return ()
    said = files.pop("/etc/docker/daemon.json", [])
    hosts, listed = [], False
    for token in said:
        listed = token.startswith('"hosts"') or (listed and token != "]")  # noqa: S105 - a word of JSON
        if listed and "://" in token:
            hosts.append(token.strip('"'))
    keys = [token.split('"')[1] if token.startswith('"') else token for token in said]
    verified = any(pair == ("tlsverify", "true") for pair in pairwise(keys))
    started = _unit(files, "docker.service")
    if "start" in started:
        started = started[len(started) - started[::-1].index("start") :]
    started += _of_variables(started, files)
    hosts += [line.removeprefix("host ") for line in started if line.startswith("host ")]
    verified = verified or any(line.startswith("option --tlsverify") for line in started)
    hosts += [
        _socket(line.removeprefix("socket ")) for line in _unit(files, "docker.socket") if line.startswith("socket ")
    ]
    for host in hosts:
        _reachable(host)  # raises where it is no address
    return (DockerDaemon(tuple(hosts), verified),)


def _of_variables(started: list[str], files: dict[str, list[str]]) -> list[str]:
    """What the variables on the command line stand for; ``LookupError`` where that was not read."""
    if any(line.startswith("unread ") for line in started):
        raise LookupError("a daemon with a configuration file of its own")
    lines: list[str] = []
    for named in (line for line in started if line.startswith("variable ")):
        if named.removeprefix("variable ") not in ("DOCKER_OPTS", "OPTIONS"):
            raise LookupError("an option in a variable that was not read")
        for said in (files.get(path, []) for path in _ENVIRONMENTS):
            if named in said:
                lines += said[len(said) - said[::-1].index(named) :]
    if any(line.startswith(("unread ", "variable ")) for line in lines):
        raise LookupError("a variable within a variable")
    return lines


def _socket(stream: str) -> str:
    """A bare port of ``ListenStream=`` means every address."""
    if stream.startswith(("/", "@", "%")):
        return f"unix://{stream}"
    return f"socket://0.0.0.0:{stream}" if stream.isdigit() else f"socket://{stream}"


def _unit(files: dict[str, list[str]], unit: str) -> list[str]:
    own = [f"{place}/{unit}" for place in _UNITS if f"{place}/{unit}" in files]
    drops = sorted((path for path in files if f"/{unit}.d/" in path), key=lambda path: (path.rpartition("/")[2], path))
    return [line for path in (*own[-1:], *drops) for line in files[path]]
