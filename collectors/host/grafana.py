"""Whether Grafana lets in without a login."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Passwords and keys stand in the same file: of it, only what is asked for leaves the target.
_AWK = r"""
FILENAME ~ /grafana\.ini$/ && /^[ \t]*\[/ { section = $0; gsub(/^[ \t]*\[|\].*/, "", section); next }
FILENAME ~ /grafana\.ini$/ && section == "auth.anonymous" && /^[ \t]*(enabled|org_role)[ \t]*=/ {
  gsub(/[ \t\r"]/, ""); out($0)
}
/^[ \t]*(export[ \t]+)?GF_AUTH_ANONYMOUS_(ENABLED|ORG_ROLE)=/ {
  sub(/^[ \t]*(export[ \t]+)?GF_AUTH_ANONYMOUS_/, ""); gsub(/[ \t\r"\047]/, ""); out("environment " $0)
}
"""


@dataclass(frozen=True)
class Grafana(Fact):
    """Its configuration, with the environment that the service is given."""

    anonymous: bool = False
    """``enabled`` of ``[auth.anonymous]``, which is off unless it is turned on."""
    role: str = "Viewer"
    """What everybody then is."""


@collector(
    excerpt(
        "grafana configuration",
        "/etc/grafana/grafana.ini",
        "/etc/default/grafana-server",
        "/etc/sysconfig/grafana-server",
        awk=_AWK,
        programs=("grafana-server", "grafana", "/usr/share/grafana/bin/grafana*"),
    )
)
def grafana(text: str) -> tuple[Grafana, ...]:
    """The last of a key wins, and the environment over the file. None where it is not installed."""
    files = by_file(text)
    if not files:
        return ()
    lines = [line for said in files.values() for line in said]
    ordered = sorted(lines, key=lambda line: line.startswith("environment "))
    told = dict(line.removeprefix("environment ").lower().partition("=")[::2] for line in ordered)
    switch = told.get("enabled", "false")
    if switch in ("1", "t", "true", "y", "yes", "on"):
        anonymous = True
    elif switch in ("0", "f", "false", "n", "no", "off", ""):
        anonymous = False
    else:
        raise ValueError("neither on nor off")
    return (Grafana(anonymous, told.get("org_role", "viewer").capitalize()),)
