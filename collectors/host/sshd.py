"""The SSH server's effective configuration."""

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.sources import Command, Files


@dataclass(frozen=True)
class Sshd(Fact):
    """What ``sshd -T`` says (includes and defaults applied), and what ``Match`` blocks may set instead."""

    settings: tuple[tuple[str, str], ...] = ()
    """Keyword in lower case and value, as ``sshd -T`` prints them; list keywords occur several times."""
    match_settings: tuple[tuple[str, str, str], ...] = ()
    """Criteria of a ``Match`` block, keyword in lower case, value as written."""

    def value(self, keyword: str) -> str:
        """The value outside of ``Match`` blocks, in lower case; empty where this sshd has no such keyword."""
        return next((value.lower() for name, value in self.settings if name == keyword), "")

    def values(self, keyword: str) -> tuple[tuple[str, str], ...]:
        """Where it holds (``everywhere`` or the ``Match`` criteria) and the value there, in lower case."""
        within = tuple(
            (f"Match {where}", value.lower()) for where, name, value in self.match_settings if name == keyword
        )
        return (("everywhere", self.value(keyword)), *within)

    @staticmethod
    def of(**settings: str) -> "Sshd":
        """An example: the given keywords only."""
        return Sshd(settings=tuple(settings.items()))


_MAIN = "/etc/ssh/sshd_config"
_DROP_INS = "/etc/ssh/sshd_config.d/*.conf"
_PLACES = (
    _MAIN,
    _DROP_INS,
    "/usr/etc/ssh/sshd_config",
    "/usr/etc/ssh/sshd_config.d/*.conf",
    "/etc/crypto-policies/back-ends/opensshserver.config",
)
"""Where Debian, SUSE and Red Hat keep it; Red Hat's drop-in includes the last one."""
_DEEPEST = 16
_LINE = re.compile(r"^\s*(\w+)(?:\s+|\s*=\s*)(.*?)\s*$")


_KEYWORD = re.compile(r"[a-z0-9]+")


# Options of the command line overrule the files: Debian's unit takes SSHD_OPTS from /etc/default/ssh, Red Hat's the others.
# -G (OpenSSH 9.3 and later) needs neither root nor host keys; where it is not known, what -T said stands.
_SCRIPT = r"""
given=
for place in /etc/default/ssh /etc/sysconfig/sshd /etc/sysconfig/sshd-permitrootlogin \
  /etc/crypto-policies/back-ends/opensshserver.config; do
  [ -e "$place" ] || continue
  while read -r line || [ -n "$line" ]; do
    case $line in
      SSHD_OPTS=*|OPTIONS=*|PERMITROOTLOGIN=*|CRYPTO_POLICY=*)
        line=${line#*=}
        case $line in
          \"*\") line=${line#?}; line=${line%?} ;;
          \'*\') line=${line#?}; line=${line%?} ;;
        esac
        given="$given $line" ;;
    esac
  done <"$place" || exit 1
done
set -f
set -- $given
for word; do
  case $word in
    -f*|*[\$\`\"\\]*|*"'"*) echo "sshd is started with options that are not understood here" >&2; exit 1 ;;
  esac
done
sshd -T "$@" || sshd -G "$@" 2>/dev/null
"""
_EFFECTIVE = Command(shlex.join(["sh", "-c", _SCRIPT]), needs="sshd", name="sshd -T")


@collector(
    _EFFECTIVE,
    Files(*_PLACES),
)
def sshd(effective: str, files: dict[str, str] | None) -> Sshd:
    """Keywords come in lower case, one to a line. ``Match`` blocks are read from the files, since ``-T`` leaves them out;
    a block ends with its file (sshd_config(5), "Include").
    """
    settings = tuple(
        (name.lower(), value) for name, _, value in (line.partition(" ") for line in effective.splitlines())
    )
    # Every sshd tells its port; without it, this is not the whole of what sshd -T says.
    whole = "port" in dict(settings) and effective.endswith("\n")
    if not whole or not all(_KEYWORD.fullmatch(name) for name, _ in settings):
        raise ValueError("this is not what sshd -T says")
    return Sshd(settings, tuple(_match_settings(files or {})))


def _match_settings(files: dict[str, str]) -> list[tuple[str, str, str]]:
    """What ``Match`` blocks set, in sshd_config and in the files that it includes."""
    found: list[tuple[str, str, str]] = []
    main = next((path for path in _PLACES if path in files and path.endswith("/sshd_config")), "")
    if not main:
        raise ValueError("sshd has a configuration that was not read")
    _read(files, main, "", found, 0)
    return found


def _read(files: dict[str, str], path: str, outside: str, found: list[tuple[str, str, str]], depth: int) -> None:
    """One file; ``outside`` are the criteria of the ``Match`` block that includes it."""
    if depth > _DEEPEST:
        raise ValueError("files include each other")
    criteria = outside
    for line in files[path].splitlines():
        matched = _LINE.match(line)
        if not matched:
            continue
        keyword, value = matched.group(1).lower(), matched.group(2).strip('"')
        if keyword == "match":
            criteria = outside if value.lower() == "all" else f"{outside} {value}".strip()
        elif keyword == "include":
            for included in _included(files, value):
                _read(files, included, criteria, found, depth + 1)
        elif criteria:
            found.append((criteria, keyword, value))


def _included(files: dict[str, str], patterns: str) -> list[str]:
    """The files that an ``Include`` line names; ``ValueError`` where it names files that were not read."""
    named = []
    for pattern in patterns.split():
        whole = pattern.strip('"') if pattern.strip('"').startswith("/") else f"/etc/ssh/{pattern.strip(chr(34))}"
        if whole not in _PLACES and whole not in files:
            raise ValueError("includes files that were not read")
        named += [path for path in sorted(files) if fnmatchcase(path, whole)]
    return named
