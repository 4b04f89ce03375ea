"""Where dnf, yum and zypper fetch packages from: which repositories are enabled, and whether signatures are checked."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.packages import only_where_rpm
from collectors.host.rpm_packages import CachedRepository

# Only these settings leave the target: addresses, proxies and passwords stay where they are. Of an address, its scheme.
_AWK = r"""
{ sub(/\r$/, "") }
/^[ \t]*[#;]/ { next }
/^\[/ { text = $0; sub(/\].*/, "]", text); out(text); next }
match($0, /^[ \t]*[A-Za-z_]+[ \t]*=/) {
  key = tolower(substr($0, 1, RLENGTH - 1)); gsub(/[ \t]/, "", key)
  value = substr($0, RLENGTH + 1); gsub(/^[ \t]+|[ \t]+$/, "", value)
  if (key ~ /^(baseurl|mirrorlist|metalink)$/) {
    # A path of this machine is no way in for others; any word that is no address keeps its sort to itself.
    out(key "=" (value ~ /^file:/ ? "file" : "remote"))
  } else if (key ~ /^(enabled|gpgcheck|pkg_gpgcheck|repo_gpgcheck|sslverify|reposdir|cachedir|metadata_expire)$/) out(key "=" value)
}
"""
MAIN_FILES = ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/zypp/zypp.conf", "/usr/etc/zypp/zypp.conf")
_FILES = excerpt(
    "repositories of dnf, yum and zypper",
    "/usr/share/dnf5/libdnf.conf.d/*.conf",
    "/etc/dnf/libdnf5.conf.d/*.conf",
    *MAIN_FILES,
    "/etc/zypp/zypp.conf.d/*.conf",
    "/etc/yum.repos.d/*.repo",
    "/etc/yum/repos.d/*.repo",
    "/etc/distro.repos.d/*.repo",
    "/usr/share/dnf5/repos.d/*.repo",
    "/etc/zypp/repos.d/*.repo",
    "/usr/share/dnf5/repos.override.d/*.repo",
    "/etc/dnf/repos.override.d/*.repo",
    awk=_AWK,
    programs=("dnf", "dnf5", "yum", "microdnf", "zypper"),
    needs="rpm",
)
REPOSITORY_FILES = only_where_rpm(_FILES)
_STANDARD_CACHES = ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum/$basearch/$releasever")
_STANDARD_FOLDERS = frozenset(
    {"/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d", "/usr/share/dnf5/repos.d"}
)


@dataclass(frozen=True)
class RpmRepository:
    """One enabled repository, with the defaults applied."""

    id: str
    manager: str = "dnf"
    """``dnf`` (also for yum) or ``zypp``."""
    checks_packages: bool = True
    """Whether a package must be signed (``gpgcheck``; of zypper also ``pkg_gpgcheck``)."""
    checks_metadata: bool = False
    """Whether the metadata must be signed (``repo_gpgcheck``)."""
    verifies_server: bool = True
    """``sslverify``: whether the certificate of the server is checked."""


@dataclass(frozen=True)
class RpmRepositories(Fact):
    """Every enabled repository."""

    repositories: tuple[RpmRepository, ...] = ()

    def enables(self, cached: CachedRepository) -> bool:
        """Whether what lies in a cache is of an enabled repository."""
        manager = "zypp" if cached.kind == "zypp" else "dnf"
        return any(one.id == cached.id and one.manager == manager for one in self.repositories)


_Settings = dict[str, str]


def parse_repositories(text: str) -> RpmRepositories:
    """dnf.conf(5), yum.conf(5), zypper(8): INI files; the last of a key counts, and a later file overrides a repository.
    What dnf is told in its main file, a repository has where it says nothing.
    """
    files = by_file(text)
    main: dict[str, _Settings] = {"dnf": {}, "zypp": {"gpgcheck": "1"}}
    repositories: dict[tuple[str, str], _Settings] = {}
    overrides: list[tuple[str, _Settings]] = []
    yum = {path: lines for path, lines in files.items() if path == "/etc/yum.conf"}
    for path, lines in {**yum, **files}.items():
        manager = "zypp" if "/zypp/" in path else "dnf"
        if path == "/etc/yum.conf" and "/etc/dnf/dnf.conf" in files:
            continue  # a leftover, or a link to dnf's own
        for section, settings in _sections(lines):
            if section == "main":
                main[manager] |= settings
            elif ".override.d/" in path:
                overrides.append((section, settings))
            else:
                repositories[manager, section] = settings
    _refuse_unusual(main["dnf"])
    for pattern, settings in overrides:
        matching = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))
        for (manager, name), own in repositories.items():
            if manager == "dnf" and matching.fullmatch(name):
                own.update(settings)
    return RpmRepositories(
        tuple(
            _repository(name, manager, main[manager] | settings)
            for (manager, name), settings in repositories.items()
            if _true(settings.get("enabled", "1"))
        )
    )


def _refuse_unusual(main: _Settings) -> None:
    """Repositories and caches are only looked for where they usually are; elsewhere they would seem not to be there."""
    if main.get("cachedir", _STANDARD_CACHES[0]).rstrip("/") not in _STANDARD_CACHES:
        raise ValueError("a cache in another place")
    folders = re.split(r"[,\s]+", main.get("reposdir", "/etc/yum.repos.d").strip())
    if not {folder.rstrip("/") for folder in folders} <= _STANDARD_FOLDERS:
        raise ValueError("repositories in another place")


def _sections(lines: list[str]) -> list[tuple[str, _Settings]]:
    found: list[tuple[str, _Settings]] = []
    for line in lines:
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        elif found:
            key, _, value = line.partition("=")
            found[-1][1][key] = value
    return found


def _true(value: str) -> bool:
    """Dnf's words for yes and no; any other raises."""
    word = value.strip().lower()
    if word in ("1", "yes", "true", "on", "enabled"):
        return True
    if word in ("0", "no", "false", "off", "disabled", ""):
        return False
    raise ValueError("neither yes nor no")


def _repository(name: str, manager: str, settings: _Settings) -> RpmRepository:
    verifies = _true(settings.get("sslverify", "1"))
    package, metadata = settings.get("pkg_gpgcheck"), settings.get("repo_gpgcheck")
    if manager == "dnf":
        checked = _true(package or settings.get("gpgcheck", "0"))
        return RpmRepository(name, manager, checked, _true(metadata or "0"), verifies)
    # libzypp: signed metadata vouch for the packages in them; without a word of their own both follow gpgcheck.
    every = _true(settings["gpgcheck"])
    signed = every if metadata is None else _true(metadata)
    return RpmRepository(name, manager, signed or (every if package is None else _true(package)), signed, verifies)


@collector(REPOSITORY_FILES)
def rpm_repositories(text: str) -> RpmRepositories:
    """See :func:`parse_repositories`."""
    return parse_repositories(text)
