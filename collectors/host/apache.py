"""Apache's virtual hosts that speak TLS."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Of every directive only those of a list leave the target; lines that end in a backslash go on.
_AWK = r"""
FNR == 1 { held = "" }
{
  sub(/\r$/, "")
  if (sub(/\\$/, "")) { held = held $0; next }
  $0 = held $0; held = ""; name = tolower($1)
}
name ~ /^#/ { next }
name ~ /^<\/?(virtualhost|ifmodule|ifdefine|ifversion|if|ifdirective|iffile|ifsection|else|elseif|macro)[ \t>]*$/ { out($0); next }
name ~ /^(sslengine|sslprotocol|servername|include|includeoptional|serverroot|use)$/ { out($0) }
name == "loadmodule" { out("LoadModule " $2) }
name == "sslciphersuite" && match($0, /@SECLEVEL=[0-9]/) { out("level " substr($0, RSTART + 10, 1)) }
"""
_ALL = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_BY_NAME = {one.lower(): one for one in _ALL}
_MAINS = ("/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/etc/apache2/httpd.conf")
_SILENT = (
    "*/mime.types",
    "*/magic",
    "*.load",
    "*/mods-enabled/*",
    "/usr/share/*",
    "*/charset.conv",
    "/etc/phpmyadmin/*",
)
"""Files that come with Apache or with programs below it, and say nothing about TLS."""


@dataclass(frozen=True)
class ApacheSite(Fact):
    """One virtual host of Apache, or the server outside of them, with ``SSLEngine on``."""

    names: tuple[str, ...] = ()
    """Its ``ServerName``."""
    address: str = "*:443"
    """Of its ``<VirtualHost>``; ``server`` outside of any."""
    protocols: tuple[str, ...] | None = ()
    """Versions in force: its own ``SSLProtocol``, else the server's, else Apache's default; None where the system's policy
    decides (on Red Hat, where nothing is said).
    """
    stated: bool = True
    """Whether the configuration says so, rather than the program's default."""
    security_level: int | None = None
    """``@SECLEVEL`` of ``SSLCipherSuite``, where it says one."""
    unread: tuple[str, ...] = ()
    """What may say otherwise and was not read or not understood."""

    @property
    def subject(self) -> str:
        """Name and address."""
        return f"{' '.join(self.names) or '_'} on {self.address}"


@dataclass
class _Server:
    """A virtual host while it is read, or the server outside of them."""

    address: str
    said: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


@collector(
    excerpt(
        "apache configuration",
        *_MAINS,
        "/etc/apache2/ports.conf",
        "/etc/apache2/*.conf",
        "/etc/apache2/*-enabled/*",
        "/etc/apache2/vhosts.d/*",
        "/etc/apache2/conf.d/*",
        "/etc/apache2/sysconfig.d/*",
        "/etc/httpd/conf/*.conf",
        "/etc/httpd/conf.d/*.conf",
        "/etc/httpd/conf.modules.d/*.conf",
        "/etc/letsencrypt/options-ssl-apache.conf",
        awk=_AWK,
        programs=("apache2", "httpd", "apache2ctl"),
    )
)
def apache_sites(text: str) -> tuple[ApacheSite, ...]:
    """The last of a directive wins; what the server says outside of virtual hosts holds in those that say nothing, wherever
    it stands.
    """
    files = by_file(text)
    main = next((one for one in _MAINS if one in files), "")
    if not main:
        return ()
    lines = list(_unfolded(main, files, main.rpartition("/")[0].removesuffix("/conf"), ()))
    modules = {line.split()[1] for line in lines if line.startswith("LoadModule ")}
    if "gnutls_module" in modules:
        return (ApacheSite(address="every address", unread=("mod_gnutls",)),)
    if "ssl_module" not in modules:
        return ()
    server = _Server("server")
    hosts = _read(lines, modules, server)
    red_hat = main.startswith("/etc/httpd/")
    return tuple(dict.fromkeys(site for one in (server, *hosts) for site in _site(one, server, red_hat)))


def _unfolded(path: str, files: dict[str, list[str]], root: str, above: tuple[str, ...]) -> Iterator[str]:
    """All lines in order, includes in place; ``unread FILE`` for those that were not asked for."""
    if path in above:
        raise RecursionError("includes in a circle")
    for line in files[path]:
        name, _, rest = line.strip().partition(" ")
        if name.lower() == "serverroot":
            root = rest.strip().strip("\"'")
        if name.lower() not in ("include", "includeoptional"):
            yield line.strip()
            continue
        wanted = rest.strip().strip("\"'")
        wanted = wanted if wanted.startswith("/") else f"{root}/{wanted}"
        inside = [one for one in sorted(files) if _means(wanted, one)]
        for one in inside:
            yield from _unfolded(one, files, root, (*above, path))
        if not inside and not _asked(wanted) and not any(fnmatchcase(wanted, one) for one in _SILENT):
            yield f"unread {wanted}"


def _means(pattern: str, path: str) -> bool:
    """A ``*`` does not reach over a slash; a folder means all files in it."""
    if pattern.endswith("/") or path.startswith(pattern + "/"):
        return path.startswith(pattern.rstrip("/") + "/")
    return pattern.count("/") == path.count("/") and fnmatchcase(path, pattern)


def _asked(pattern: str) -> bool:
    """Whether all files that the pattern could match were asked for, so that there is none."""
    folder, _, name = pattern.rpartition("/")
    if re.fullmatch(r"/etc/apache2/([a-z]+-enabled|vhosts\.d|conf\.d|sysconfig\.d)", folder):
        return True
    return name.endswith(".conf") and folder in (
        "/etc/apache2",
        "/etc/httpd/conf",
        "/etc/httpd/conf.d",
        "/etc/httpd/conf.modules.d",
    )


def _read(lines: list[str], modules: set[str], server: _Server) -> list[_Server]:
    """Fill in the server, and return its virtual hosts."""
    hosts: list[_Server] = []
    current = server
    conditions: list[bool | None] = []
    for line in lines:
        name, _, rest = line.partition(" ")
        name, rest = name.lower().rstrip(">"), rest.strip().rstrip(">").strip()
        if name == "<virtualhost":
            current = _Server(rest)
            if False not in conditions:
                hosts.append(current)
        elif name == "</virtualhost":
            current = server
        elif name.startswith("</"):
            conditions.pop()
        elif name.startswith("<"):
            conditions.append(_holds(name, rest, modules))
        elif False not in conditions:
            _take(current, name, rest, None in conditions)
    return hosts


def _take(server: _Server, name: str, rest: str, depends: bool) -> None:
    if name == "unread":
        server.unread.append(rest)
    elif name == "use":
        server.unread.append("a macro")
    elif name in ("sslengine", "sslprotocol", "level") and (depends or "$" in rest):
        server.unread.append(f"{name}, which depends on a condition or a variable,")
    elif name in ("sslengine", "sslprotocol", "level", "servername"):
        server.said[name] = rest


def _holds(section: str, test: str, modules: set[str]) -> bool | None:
    """Whether a section is in force; None where that is not known here. Modules that are built in are not listed."""
    if section != "<ifmodule":
        return None
    wanted = test.lstrip("!").strip("\"'")
    wanted = re.sub(r"^mod_(\w+)\.c$", r"\1_module", wanted)
    if wanted not in modules and wanted not in ("ssl_module", "gnutls_module", "nss_module"):
        return None
    return (wanted in modules) is not test.startswith("!")


def _site(one: _Server, server: _Server, red_hat: bool) -> Iterator[ApacheSite]:
    engine = one.said.get("sslengine", server.said.get("sslengine", "off")).lower()
    unread = tuple(dict.fromkeys([*one.unread, *server.unread]))
    if engine == "off" and not any("sslengine" in why for why in unread):
        return
    if one is server and server.said.get("sslengine", "off").lower() == "off":
        return
    stated = one.said.get("sslprotocol", server.said.get("sslprotocol", ""))
    level = one.said.get("level", server.said.get("level", ""))
    default = None if red_hat else _ALL[1:]
    yield ApacheSite(
        names=tuple(one.said.get("servername", "").split()),
        address=one.address,
        protocols=_protocols(stated) if stated else default,
        stated=bool(stated),
        security_level=int(level) if level else None,
        unread=tuple(one.unread) if "sslprotocol" in one.said else unread,
    )


def _protocols(written: str) -> tuple[str, ...]:
    """A word with a plus or a minus adds or takes away; one without stands for itself alone, whatever was before it."""
    offered: set[str] = set()
    for word in written.lower().split():
        name = word.lstrip("+-")
        meant = set(_ALL) if name == "all" else {_BY_NAME[name]} if name != "sslv2" else set()
        if word[0] == "+":
            offered |= meant
        elif word[0] == "-":
            offered -= meant
        else:
            offered = meant
    return tuple(one for one in _ALL if one in offered)
