"""PostgreSQL clusters: where they listen, whether they encrypt, and whom they let in how."""

import ipaddress
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# primary_conninfo and the options of LDAP and RADIUS rows hold passwords: settings go by an allow list, a row of pg_hba
# ends where its options could begin to tell.
_AWK = r"""
FILENAME ~ /\.conf$/ && FILENAME !~ /hba/ {
  if (match(tolower($0), /^[ \t]*(listen_addresses|ssl|hba_file|data_directory|include|include_if_exists|include_dir)[ \t=\047]/)) {
    out("set " $0)
  }
  next
}
FNR == 1 { line = "" }
/^[ \t]*#/ { next }
{
  line = line $0
  if (line ~ /\\$/) { line = substr(line, 1, length(line) - 1); next }
  if (match(line, /[ \t][a-z_]+=/)) line = substr(line, 1, RSTART - 1)
  if (line !~ /^[ \t]*$/) out("row " line)
  line = ""
}
"""

_NETWORK_TYPES = frozenset({"host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"})


@dataclass(frozen=True)
class HbaRow:
    """One line of pg_hba.conf."""

    kind: str
    """``local``, ``host``, ``hostssl``, ``hostnossl``, ``hostgssenc``, ``hostnogssenc``."""
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str
    """A network as ``10.0.0.0/8``, ``all``, ``samehost``, ``samenet`` or a host name; empty for ``local``."""
    method: str

    @property
    def beyond_loopback(self) -> bool:
        """Whether it matches connections of other machines."""
        network = _network(self.address)
        if network is not None:
            return not network.is_loopback
        return self.kind != "local" and self.address not in ("samehost", "localhost")

    def covers(self, later: "HbaRow") -> bool:
        """Whether every connection that the later row would match already ends at this one."""
        kinds = self.kind == later.kind or (self.kind == "host" and later.kind in _NETWORK_TYPES)
        return (
            kinds
            and _names_cover(self.databases, later.databases, "replication")
            and _names_cover(self.users, later.users, "")
            and _address_covers(self.address, later.address)
        )


def _names_cover(earlier: tuple[str, ...], later: tuple[str, ...], apart: str) -> bool:
    if "all" in earlier and (not apart or apart not in later):
        return True
    return set(later) <= set(earlier)


def _network(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(address, strict=False)
    except ValueError:
        return None


def _address_covers(earlier: str, later: str) -> bool:
    if earlier in ("all", later):
        return True
    outer, inner = _network(earlier), _network(later)
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


@dataclass(frozen=True)
class PostgresCluster(Fact):
    """One cluster's effective configuration."""

    path: str
    """Of its postgresql.conf."""
    listen: tuple[str, ...] = ("localhost",)
    """``listen_addresses``; empty means the local socket only."""
    ssl: bool = False
    rows: tuple[HbaRow, ...] = ()
    """In the order of pg_hba.conf: the first that matches a connection decides."""

    @property
    def subject(self) -> str:
        """Its configuration file."""
        return self.path

    @property
    def reachable(self) -> bool:
        """Whether it listens beyond the loopback interface."""
        return any(one not in ("localhost", "::1") and not one.startswith("127.") for one in self.listen)

    @property
    def effective_rows(self) -> tuple[HbaRow, ...]:
        """The rows that can decide: not those behind an earlier row that takes all their connections."""
        return tuple(
            row for index, row in enumerate(self.rows) if not any(earlier.covers(row) for earlier in self.rows[:index])
        )


@collector(
    excerpt(
        "postgresql configuration",
        "/etc/postgresql/*/*/*.conf",
        "/etc/postgresql/*/*/*/*.conf",
        "/var/lib/pgsql/data/*.conf",
        "/var/lib/pgsql/*/data/*.conf",
        "/var/lib/postgresql/*/*/postgresql.auto.conf",
        "/var/lib/postgresql/data/*.conf",
        awk=_AWK,
        programs=("postgres", "/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres"),
    )
)
def postgres_clusters(text: str) -> tuple[PostgresCluster, ...]:
    """postgresql.conf: the last of a keyword wins, includes stand in place, and ``postgresql.auto.conf`` of the data
    directory comes after all. pg_hba.conf: first match; since version 16 it has includes too.
    """
    files = by_file(text)
    return tuple(_cluster(path, files) for path in files if path.endswith("/postgresql.conf"))


def _cluster(path: str, files: dict[str, list[str]]) -> PostgresCluster:
    home = path.rpartition("/")[0]
    settings = dict(_settings(path, files))
    data = settings.get("data_directory", home)
    if not data.startswith(("/var/lib/postgresql/", "/var/lib/pgsql/")):
        raise LookupError("a data directory that was not read")
    auto = f"{data.rstrip('/')}/postgresql.auto.conf"
    if auto in files:
        settings.update(_settings(auto, files))
    listen = [one.strip() for one in settings.get("listen_addresses", "localhost").split(",")]
    return PostgresCluster(
        path=path,
        listen=tuple(one for one in listen if one),
        ssl=settings.get("ssl", "off").lower() in ("on", "true", "yes", "1", "t", "tr", "tru", "y", "ye"),
        rows=tuple(_rows(settings.get("hba_file", f"{data}/pg_hba.conf"), files)),
    )


def _settings(path: str, files: dict[str, list[str]], depth: int = 0) -> list[tuple[str, str]]:
    if depth > 10:
        raise RecursionError("includes in a circle")
    found: list[tuple[str, str]] = []
    for line in files[path]:
        parsed = re.fullmatch(r"set\s+(\w+)(?:\s*=\s*|\s+|(?='))(?:'((?:[^']|'')*)'|([^\s#']+))\s*(?:#.*)?", line)
        if not parsed:
            raise ValueError("not a setting of postgresql.conf")
        name = parsed.group(1).lower()
        value = (parsed.group(2) or parsed.group(3) or "").replace("''", "'")
        if name.startswith("include"):
            for one in _included(name, value, path, files):
                found += _settings(one, files, depth + 1)
        else:
            found.append((name, value))
    return found


def _included(keyword: str, value: str, path: str, files: dict[str, list[str]]) -> list[str]:
    """Which of the files that were read an include means; ``LookupError`` for one that was not."""
    full = value if value.startswith("/") else f"{path.rpartition('/')[0]}/{value}"
    if keyword == "include_dir":
        folder = full.rstrip("/")
        if not fnmatchcase(folder, "/etc/postgresql/*/*/*"):
            raise LookupError("an include that was not read")
        return sorted(one for one in files if one.rpartition("/")[0] == folder)
    if full not in files:
        raise LookupError("an include that was not read")
    return [full]


def _rows(path: str, files: dict[str, list[str]], depth: int = 0) -> list[HbaRow]:
    if path not in files or "hba" not in path or depth > 10:
        raise LookupError("a pg_hba.conf that was not read")
    rows: list[HbaRow] = []
    for line in files[path]:
        words = hba_words(line.removeprefix("row ").removeprefix("set "))
        if not words:
            continue
        if words[0].startswith("include"):
            for one in _included(words[0], words[1], path, files):
                rows += _rows(one, files, depth + 1)
        else:
            rows.append(_row(words))
    return rows


def hba_words(line: str) -> list[str]:
    """Fields of a row: separated by blanks, names within one by commas, both but in quotes."""
    words: list[str] = []
    glued = False
    for found in re.finditer(r'\s*(#.*|,|(?:"[^"]*"|[^\s",#])+)', line):
        word = found.group(1)
        if word.startswith("#"):
            break
        if word == ",":
            words[-1] += ","
            glued = True
        elif glued:
            words[-1] += word.replace('"', "")
            glued = False
        else:
            words.append(word.replace('"', ""))
    return words


def _row(words: list[str]) -> HbaRow:
    kind, databases, users, *rest = words
    address = ""
    if kind in _NETWORK_TYPES:
        address, *rest = rest
        if re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", address):
            mask, *rest = rest
            address = f"{address}/{_prefix(mask)}"
    elif kind != "local":
        raise ValueError("not a row of pg_hba.conf")
    return HbaRow(kind, tuple(databases.split(",")), tuple(users.split(",")), address, rest[0])


def _prefix(mask: str) -> int:
    """A network's mask, e.g. ``255.255.255.0``, as the length of its prefix."""
    return f"{int(ipaddress.ip_address(mask)):b}".count("1")
