"""nginx's servers that speak TLS."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Headers with passwords stand beside what we ask for: of every statement only those of an allow list leave the target.
_AWK = r"""
function statement(end,   words, n) {
  gsub(/^[ \t\r]+|[ \t\r]+$/, "", text)
  n = split(text, words, /[ \t\r]+/)
  if (end == "{") out((words[1] ~ /^(http|server|mail|stream)$/ ? words[1] : "other") " {")
  else if (n && words[1] ~ /^(listen|ssl|ssl_protocols|ssl_ciphers|server_name|include)$/) out(text ";")
  text = ""
}
FNR == 1 { text = ""; quote = "" }
{
  line = $0 " "
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (quote != "") { if (c == "\\") { text = text c substr(line, ++i, 1); continue } if (c == quote) quote = ""; text = text c }
    else if (c == "#" && (text == "" || text ~ /[ \t]$/)) break
    else if (c == "\"" || c == "\047") { quote = c; text = text c }
    else if (c == "\\") text = text c substr(line, ++i, 1)
    else if (c == "$" && substr(line, i + 1, 1) == "{") { text = text "${"; i++; braced = 1 }
    else if (c == "}" && braced) { text = text c; braced = 0 }
    else if (c == ";" || c == "{") statement(c)
    else if (c == "}") { text = ""; out("}") }
    else text = text c
  }
}
"""

VERSIONS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"})
_MAIN = "/etc/nginx/nginx.conf"
_SILENT = (
    "*/mime.types",
    "*_params",
    "*/fastcgi*.conf",
    "*/proxy.conf",
    "*/koi-*",
    "*/modules-enabled/*",
    "*/modules/*",
)
"""Files that come with nginx or its modules, include patterns that hold nothing about TLS."""

_VERSION = r"""printf "version\t%s\n" "$(nginx -v 2>&1 | sed -n "s|.*nginx/\([0-9.]*\).*|\1|p")" """


@dataclass(frozen=True)
class TlsSite(Fact):
    """One ``server`` of nginx that listens with TLS."""

    names: tuple[str, ...] = ()
    """Its ``server_name``."""
    listens: tuple[str, ...] = ()
    """Its ``listen`` addresses with TLS."""
    protocols: tuple[str, ...] = ()
    """Versions in force: its own ``ssl_protocols``, else those above it, else the default of this nginx."""
    stated: bool = True
    """Whether the configuration says so, rather than the program's default."""
    security_level: int | None = None
    """``@SECLEVEL`` in ``ssl_ciphers``, where it says one."""
    unread: tuple[str, ...] = ()
    """Files it includes that were not read."""

    @property
    def subject(self) -> str:
        """Its names, and where it listens."""
        return f"{' '.join(self.names) or '_'} on {', '.join(self.listens)}"


@collector(
    excerpt(
        "nginx configuration",
        _MAIN,
        "/etc/nginx/*.conf",
        "/etc/nginx/conf.d/*",
        "/etc/nginx/http.d/*.conf",
        "/etc/nginx/vhosts.d/*.conf",
        "/etc/nginx/default.d/*.conf",
        "/etc/nginx/sites-enabled/*",
        "/etc/nginx/snippets/*",
        "/etc/nginx/stream*.d/*.conf",
        "/etc/nginx/includes/*.conf",
        "/etc/letsencrypt/options-ssl-nginx.conf",
        awk=_AWK,
        needs="nginx",
        first=_VERSION,
    )
)
def tls_sites(text: str) -> tuple[TlsSite, ...]:
    """A setting of ``http``, ``mail`` or ``stream`` holds in its servers unless they state their own; includes stand in
    place.
    """
    files = by_file(text)
    version = tuple(int(part) for part in "".join(files.pop("version", [])).split(".") if part)
    if _MAIN not in files:
        return ()
    return tuple(dict.fromkeys(_sites(_MAIN, files, version)))


@dataclass
class _Block:
    """A block while it is read."""

    kind: str
    above: "_Block | None"
    said: dict[str, list[str]]

    def stated(self, name: str) -> list[str]:
        """The words of a directive here, or in the nearest block above that has it."""
        block: _Block | None = self
        while block is not None:
            if name in block.said:
                return block.said[name]
            block = block.above
        return []


def _sites(path: str, files: dict[str, list[str]], version: tuple[int, ...]) -> Iterator[TlsSite]:
    main = block = _Block("main", None, {})
    servers = []
    for line in _unfolded(path, files, ()):
        if line.endswith(" {"):
            block = _Block(line[:-2], block, {})
        elif line == "}":
            if block.above is None:
                raise ValueError("a brace too many")
            if block.kind == "server":
                servers.append(block)
            block = block.above
        else:
            name, *words = [word.strip("\"'") for word in line.rstrip(";").split()]
            if name == "listen":
                block.said.setdefault("listen", []).append(" ".join(words))
            elif name == "unread":
                block.said.setdefault("unread", []).extend(words)
            else:
                block.said[name] = words
    if block is not main:
        raise ValueError("a brace too few")
    for server in servers:
        yield from _site(server, version)


def _unfolded(path: str, files: dict[str, list[str]], above: tuple[str, ...]) -> Iterator[str]:
    if path in above:
        raise RecursionError("includes in a circle")
    for line in files[path]:
        if not line.startswith("include "):
            yield line
            continue
        wanted = line.removeprefix("include").rstrip(";").strip().strip("\"'")
        wanted = wanted if wanted.startswith("/") else f"/etc/nginx/{wanted}"
        named = [one for one in files if _means(wanted, one)]
        for one in named:
            yield from _unfolded(one, files, (*above, path))
        if not named and not _known_to_be_empty(wanted) and not any(fnmatchcase(wanted, one) for one in _SILENT):
            yield f"unread {wanted};"


def _means(pattern: str, path: str) -> bool:
    """A ``*`` of the pattern does not reach over a slash, and matches no hidden file."""
    return pattern.count("/") == path.count("/") and fnmatchcase(path, pattern)


def _known_to_be_empty(pattern: str) -> bool:
    """Whether all files that the pattern could match were asked for, so that there is none."""
    folder, _, name = pattern.rpartition("/")
    if "*" not in name:
        return False
    whole = ("conf.d", "sites-enabled", "snippets")
    endings = ("http.d", "vhosts.d", "default.d", "includes", "stream.d", "streams.d", "stream.conf.d")
    return folder in {f"/etc/nginx/{one}" for one in whole} or (
        name.endswith(".conf") and folder in {"/etc/nginx", *(f"/etc/nginx/{one}" for one in endings)}
    )


def _site(server: _Block, version: tuple[int, ...]) -> Iterator[TlsSite]:
    listens = server.said.get("listen", [])
    secure = [one.split()[0] for one in listens if {"ssl", "quic"} & set(one.split()[1:])]
    if server.stated("ssl") == ["on"]:  # before nginx 1.25.1
        secure = [one.split()[0] for one in listens] or ["80"]
    unread = (*server.said.get("unread", []), *(server.above.stated("unread") if server.above else ()))
    if not secure:
        return
    stated = server.stated("ssl_protocols")
    if not set(stated) <= VERSIONS:
        raise ValueError("a version of TLS that nginx does not know")
    level = re.search(r"@SECLEVEL=(\d)", " ".join(server.stated("ssl_ciphers")))
    yield TlsSite(
        names=tuple(name for name in server.said.get("server_name", []) if name != "_"),
        listens=tuple(secure),
        protocols=tuple(stated or _default(version)),
        stated=bool(stated),
        security_level=int(level.group(1)) if level else None,
        unread=unread if not server.said.get("ssl_protocols") else (),
    )


def _default(version: tuple[int, ...]) -> tuple[str, ...]:
    """From nginx's documentation of ``ssl_protocols``: TLS 1.3 is offered since 1.23.4, nothing below 1.2 since 1.27.3."""
    if not version:
        raise ValueError("the version of nginx is not known, nor what it offers unasked")
    if version >= (1, 27, 3):
        return ("TLSv1.2", "TLSv1.3")
    return ("TLSv1", "TLSv1.1", "TLSv1.2", *(("TLSv1.3",) if version >= (1, 23, 4) else ()))
