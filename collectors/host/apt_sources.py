"""Where apt fetches packages from, and whether it insists on signatures."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.apt_config import APT_CONFIG, apt_options, is_on, truth
from collectors.host.packages import dpkg_script
from collectors.sources import KIB


@dataclass(frozen=True)
class AptSource:
    """One enabled source of binary packages (sources.list(5))."""

    file: str
    uri: str
    """Without user name and password; those never leave the target."""
    suite: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Option in lower case with dashes (``allow-insecure``) and value."""

    def says(self, option: str, *, default: bool = False) -> bool:
        """The value of a boolean option."""
        return truth(dict(self.options).get(option, ""), default=default)


@dataclass(frozen=True)
class AptSources(Fact):
    """Every enabled source, and what apt is told about signatures for all of them."""

    sources: tuple[AptSource, ...] = ()
    unsafe_options: tuple[str, ...] = ()
    """Options of apt.conf that are on and let unsigned or weakly signed packages in."""
    checks_expiry: bool = True
    """``Acquire::Check-Valid-Until``: whether lists past their date are refused."""


_SCRIPT = r"""
set --
listed /etc/apt/sources.list.d
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  [ -r "$file" ] || denied "$file"
  set -- "$@" "$file"
done
[ "$#" -gt 0 ] || exit 0
exec awk '
FNR == 1 { print "=" FILENAME; key = 0 }
/^[ \t]*#/ { next }
/^[ \t]+[^ \t]/ && key { next }
{ key = /^[Ss]igned-[Bb]y:/; gsub(/:\/\/[^\/@ \t]*@/, "://"); print }
' "$@"
"""


@collector(dpkg_script("apt's sources", _SCRIPT, limit=512 * KIB, reads_only=True), APT_CONFIG)
def apt_sources(text: str, dump: str) -> AptSources:
    """Lines of the files after ``=path`` each: ``deb [options] uri suite components``, or stanzas in ``*.sources``."""
    sources: list[AptSource] = []
    before, *pieces = re.split(r"^=", text, flags=re.MULTILINE)
    if before.strip():
        raise ValueError("a line of no file")
    for piece in pieces:
        path, _, body = piece.partition("\n")
        if re.fullmatch(r"[A-Za-z0-9_.-]+", path.rsplit("/", 1)[1]):  # apt passes over other names
            sources += _stanzas(path, body) if path.endswith(".sources") else _lines(path, body)
    options = apt_options(dump)
    unsafe = tuple(name for name in _UNSAFE if is_on(options, name))
    return AptSources(tuple(sources), unsafe, is_on(options, "Acquire::Check-Valid-Until", default=True))


_UNSAFE = (
    "APT::Get::AllowUnauthenticated",
    "Acquire::AllowInsecureRepositories",
    "Acquire::AllowWeakRepositories",
    "Acquire::AllowDowngradeToInsecureRepositories",
)
_LINE = re.compile(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+:\[[^\]]*\]\S*|\S+)\s+(\S+)")


def _lines(path: str, body: str) -> list[AptSource]:
    sources = []
    for raw in body.splitlines():
        line = raw.partition("#")[0].strip()
        if not line or line.startswith("deb-src"):
            continue
        options, uri, suite = _LINE.match(line).groups()  # type: ignore[union-attr]
        pairs = (one.partition("=") for one in re.sub(r"\s*[+-]?=\s*", "=", options or "").split())
        sources.append(AptSource(path, uri, suite, tuple((name.lower(), value) for name, _, value in pairs)))
    return sources


def _stanzas(path: str, body: str) -> list[AptSource]:
    sources = []
    for stanza in re.split(r"\n[ \t]*\n", body):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                fields[name] += f" {line.strip()}"
            elif line.strip():
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or not truth(fields.get("enabled", ""), default=True):
            continue
        options = tuple((name, value) for name, value in fields.items() if name not in _NOT_OPTIONS)
        sources += [
            AptSource(path, uri, suite, options) for uri in fields["uris"].split() for suite in fields["suites"].split()
        ]
    return sources


_NOT_OPTIONS = frozenset({"types", "uris", "suites", "components", "enabled", "signed-by", "x-repolib-name"})
