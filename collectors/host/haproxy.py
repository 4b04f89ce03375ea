"""HAProxy's listeners that speak TLS."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.openssl_policy import ORDER

# Passwords and headers stand beside what we ask for: of a line only the words of a list leave the target.
_AWK = r"""
function versions(   i, text) {
  for (i = 2; i <= NF; i++) {
    if ($i ~ /^(ssl|no-sslv3|no-tlsv1[0-3]|force-sslv3|force-tlsv1[0-3]|crt-list)$/) text = text " " $i
    if ($i ~ /^ssl-m(in|ax)-ver$/) text = text " " $i " " $(i + 1)
    if (match($i, /@SECLEVEL=[0-9]/)) text = text " " substr($i, RSTART, RLENGTH)
  }
  return text
}
{ sub(/\r$/, ""); $0 = $0 }
/^[ \t]*#/ { next }
/^[ \t]*\.(if|elif|else|endif)/ { out("if " ($1 == ".endif" ? 0 : 1)); next }
$1 ~ /^(global|defaults|frontend|listen|backend|peers|userlist|resolvers|mailers|cache|program|http-errors|ring|log-forward|fcgi-app|crt-store|traces)$/ { out("section " $1 " " $2) }
$1 == "bind" || $1 == "default-bind" { out($1 " " $2 versions()) }
$1 ~ /^ssl-default-bind-(options|ciphers)$/ { out("default" versions()) }
FILENAME ~ /\/(default|sysconfig)\/haproxy$/ && $0 ~ /-f[ =]|CONFIG/ { out("elsewhere") }
"""
_VERSION = r"""printf "version\t%s\n" "$(haproxy -v 2>&1 | sed -n "s|.*[Pp]roxy version \([0-9.]*\).*|\1|p")" """
_MAIN = "/etc/haproxy/haproxy.cfg"
_BY_NAME = dict(zip(("sslv3", "tlsv10", "tlsv11", "tlsv12", "tlsv13"), ORDER[1:], strict=True))


@dataclass(frozen=True)
class HaproxyBind(Fact):
    """One ``bind`` line of HAProxy with ``ssl``."""

    section: str = ""
    """Its frontend."""
    address: str = ""
    protocols: tuple[str, ...] = ()
    """Versions in force: what the line says, else the default options above it, else HAProxy's own."""
    security_level: int | None = None
    """``@SECLEVEL`` of its ciphers, where they say one."""
    unread: str = ""
    """Why what is in force is not known."""

    @property
    def subject(self) -> str:
        """Frontend and address."""
        return f"{self.section} on {self.address}"


@dataclass
class _Methods:
    """What ``ssl-default-bind-options``, or a line of its own, says of versions."""

    lowest: str = ""
    highest: str = ""
    without: set[str] = field(default_factory=set)
    level: int | None = None

    def take(self, words: Iterable[str]) -> None:
        """Add what these words say; the last of a kind wins."""
        following = iter(words)
        for word in following:
            name = word.removeprefix("no-").removeprefix("force-")
            if word == "ssl-min-ver":
                self.lowest = ORDER[ORDER.index(_named(next(following)))]
            elif word == "ssl-max-ver":
                self.highest = ORDER[ORDER.index(_named(next(following)))]
            elif word.startswith("force-"):
                self.lowest = self.highest = _BY_NAME[name]
            elif word.startswith("no-"):
                self.without.add(_BY_NAME[name])
            elif word.startswith("@SECLEVEL="):
                self.level = int(word[-1])

    def over(self, other: "_Methods") -> "_Methods":
        """What holds where this stands over defaults."""
        return _Methods(
            self.lowest or other.lowest,
            self.highest or other.highest,
            self.without | other.without,
            other.level if self.level is None else self.level,
        )

    def offered(self, version: tuple[int, ...]) -> tuple[str, ...]:
        """From HAProxy's documentation: where a lowest or highest version is set, the ``no-`` options are ignored; TLS 1.2
        is the lowest since 2.2 where nothing is set, TLS 1.0 before.
        """
        built_in = "TLSv1.2" if version >= (2, 2) else "TLSv1"
        highest = self.highest or ORDER[-1]
        lowest = self.lowest or min(built_in, highest, key=ORDER.index)
        without = set() if self.lowest or self.highest else self.without
        return tuple(one for one in ORDER[ORDER.index(lowest) : ORDER.index(highest) + 1] if one not in without)


def _named(written: str) -> str:
    return {"TLSV1.0": "TLSv1", "SSLV3": "SSLv3"}.get(written.upper(), written.replace("TLSV", "TLSv"))


@collector(
    excerpt(
        "haproxy configuration",
        _MAIN,
        "/etc/haproxy/conf.d/*",
        "/etc/default/haproxy",
        "/etc/sysconfig/haproxy",
        awk=_AWK,
        needs="haproxy",
        first=_VERSION,
        reads_only=False,
    )
)
def haproxy_binds(text: str) -> tuple[HaproxyBind, ...]:
    """Default options hold for the ``bind`` lines that come after them."""
    files = by_file(text)
    numbers = re.findall(r"\d+", "".join(files.pop("version", [])))
    version = tuple(int(one) for one in numbers)
    if _MAIN not in files:
        return ()
    if version < (1, 8):
        raise ValueError("the version of HAProxy is not known, nor what it offers unasked")
    elsewhere = any("elsewhere" in lines for path, lines in files.items() if not path.startswith("/etc/haproxy/"))
    ordered = [_MAIN, *sorted(path for path in files if path.startswith("/etc/haproxy/conf.d/"))]
    binds: list[HaproxyBind] = []
    defaults = _Methods()
    section, depends = "", False
    for line in (line for path in ordered for line in files[path]):
        what, *words = line.split()
        if what == "section":
            section = " ".join(words[1:]) or words[0]
        elif what == "if":
            depends = words == ["1"]
        elif what == "default":
            defaults.take(words)
            if depends:
                return _all_unread(binds, "its default options depend on a condition")
        elif "ssl" in words:
            own = _Methods()
            own.take(words[1:])
            held = own.over(defaults)
            why = "it depends on a condition" if depends else ""
            why = why or ("a crt-list may say otherwise for each certificate" if "crt-list" in words else "")
            why = why or ("its start-up options name other files" if elsewhere else "")
            binds.append(HaproxyBind(section, words[0], held.offered(version), held.level, why))
    return tuple(dict.fromkeys(binds))


def _all_unread(binds: list[HaproxyBind], why: str) -> tuple[HaproxyBind, ...]:
    return (*binds, HaproxyBind("global", "every address", unread=why))
