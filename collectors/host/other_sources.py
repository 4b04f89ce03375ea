"""Where apk and pacman fetch packages from, and whether they insist on signatures."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.packages import only_where_apk, pacman_script
from collectors.sources import KIB, Mode, Stat


@dataclass(frozen=True)
class ApkSources(Fact):
    """apk checks every package and index against /etc/apk/keys, unless it is told not to."""

    sources: int = 0
    """How many archives are named."""
    keys: int = 0
    unsafe: tuple[str, ...] = ()
    """Files that tell it to take what nobody signed (``--allow-untrusted``)."""


# Addresses may hold passwords: of a source only that it is there leaves the target.
_APK = excerpt(
    "apk's sources, and jobs that run apk",
    "/etc/apk/repositories",
    "/etc/apk/repositories.d/*.list",
    "/etc/apk/config",
    "/lib/apk/config",
    "/etc/periodic/*/*",
    "/etc/crontabs/root",
    awk=r"""
/^[ \t]*(#|$)/ { next }
FILENAME ~ /\/repositories/ { if ($0 !~ /^[ \t]*set[ \t]/) out("source"); next }
FILENAME ~ /\/apk\/config$/ { if ($0 ~ /^[ \t]*(--)?allow-untrusted([ \t=]|$)/ && $0 !~ /(no|false|0)[ \t]*$/) out("untrusted"); next }
/(^|[^A-Za-z0-9_-])apk[ \t].*--allow-untrusted/ { out("untrusted") }
""",
    needs="apk",
)


@collector(only_where_apk(_APK), Stat("/etc/apk/keys/*", "/usr/share/apk/keys/*"))
def apk_sources(text: str, keys: tuple[Mode, ...] | None) -> ApkSources:
    """apk-repositories(5): one archive a line, ``#`` comments."""
    files = by_file(text)
    unsafe = tuple(path for path, lines in files.items() if "untrusted" in lines)
    return ApkSources(
        sum(lines.count("source") for lines in files.values()),
        sum(mode.kind == "file" for mode in keys or ()),
        unsafe,
    )


@dataclass(frozen=True)
class PacmanSource:
    """One archive, with the defaults applied."""

    name: str
    levels: frozenset[str] = frozenset()
    """``SigLevel`` as pacman itself resolves it, e.g. ``PackageRequired``, ``DatabaseOptional``."""

    def level(self, kind: str) -> str:
        """``Required``, ``Optional`` or ``Never``, for ``Package`` or ``Database``."""
        return next((word for word in ("Never", "Required", "Optional") if f"{kind}{word}" in self.levels), "Optional")

    def trusts_all(self, kind: str) -> bool:
        """Whether a key of which nobody says whose it is will do."""
        return f"{kind}TrustAll" in self.levels


@dataclass(frozen=True)
class PacmanSources(Fact):
    """Every archive."""

    sources: tuple[PacmanSource, ...] = ()


_PACMAN = pacman_script(
    "pacman's levels of signatures",
    r"""
said=$(pacman-conf) || exit 1
printf "%s\n" "$said" | awk '/^\[/ || /^SigLevel[ \t]*=/'
""",
    limit=64 * KIB,
)


@collector(_PACMAN)
def pacman_sources(text: str) -> PacmanSources:
    """``pacman-conf`` resolves includes, and gives an archive a level of its own only where that differs."""
    levels: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            levels[section] = set()
        else:
            levels[section].add(line.partition("=")[2].strip())
    default = levels.pop("options")
    return PacmanSources(tuple(PacmanSource(name, frozenset(own or default)) for name, own in levels.items()))
