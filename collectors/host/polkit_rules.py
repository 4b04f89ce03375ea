"""Rules of polkit that an administrator has made on this host: who may do things of the system without a password."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

_RULES = excerpt(
    "rules of polkit",
    *("/etc/polkit-1/rules.d/*.rules", "/etc/polkit-1/localauthority/*/*.pkla"),
    "/var/lib/polkit-1/localauthority/*/*.pkla",
    awk=r"""
/^[ \t]*(\/\/|#)/ { next }
/polkit\.Result\.YES|^Result(Any|Inactive|Active)[ \t]*=[ \t]*yes/ { out("yes") }
""",
    first='printf "looked\t\n"',
)


@dataclass(frozen=True)
class PolkitRules(Fact):
    """Files of rules under /etc and /var; what packages bring under /usr is not among them."""

    files: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    """Those that say yes to somebody without a password; to whom, and to what, is not understood here."""


@collector(_RULES)
def polkit_rules(text: str) -> PolkitRules:
    """Rules are programs in JavaScript (polkit(8)); only whether they say yes at all is told."""
    files = by_file(text)
    if "looked" not in files:
        raise ValueError("nobody looked for rules of polkit")
    rules = {path: lines for path, lines in files.items() if path.endswith((".rules", ".pkla"))}
    return PolkitRules(tuple(rules), tuple(path for path, lines in rules.items() if lines))
