"""VNC servers that run, by the options that they were started with."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.loopback import is_loopback
from collectors.sources import Command

# Only options that tell of addresses and of ways to log in; of passwords no more than that there is one.
_AWK = r"""
{ if (NR > 1) print show(last, $0); last = $0 }
function show(word, after,   name, value) {
  name = tolower(word); sub(/^-+/, "", name); value = ""
  if (match(name, /=/)) { value = substr(name, RSTART + 1); name = substr(name, 1, RSTART - 1); given = 1 } else given = 0
  if (word == "") return "hidden\t"
  if (word ~ /^:[0-9]+(\.[0-9]+)?$/) return "display\t" substr(word, 2)
  if (name ~ /^(securitytypes|rfbport|interface|localhost|listen|rfbunixpath)$/) return name "\t" (given ? value : tolower(after))
  if (name ~ /^(rfbauth|passwordfile|passwd|passwdfile|usepw|nopw|unixpw|unixpw_nis|unixpw_unsafe|ssl|stunnel|sslonly|norc|inetd|password)$/) return name "\t"
  return "other\t"
}
END { if (!NR) exit 3; print show(last, "") }
"""
_PROGRAMS = (
    "Xtigervnc Xvnc Xtightvnc Xrealvnc x0vncserver x0tigervncserver x11vnc vncserver-x11 vino-server krfb wayvnc"
)
_NAMES = "|".join(f"{name[:15]}" for name in [*_PROGRAMS.split(), "vncserver-x11-core", "X0tigervnc"])
_SCRIPT = f"""set -- /opt/*/bin/Xvnc
found=; [ ! -e "$1" ] || found=1
for name in {_PROGRAMS}; do ! command -v "$name" >/dev/null 2>&1 || found=1; done
if [ -n "$found" ]; then
  read -r first </proc/1/comm || exit 1
  for name in tr awk; do command -v "$name" >/dev/null || {{ echo "$name is not installed" >&2; exit 1; }}; done
  rc= number=0; for home in /root /home/*; do
    if [ -e "$home/.x11vncrc" ] || {{ [ -d "$home" ] && [ ! -x "$home" ]; }}; then rc=1; fi
  done
  for process in /proc/[0-9]*; do
    {{ read -r name <"$process/comm"; }} 2>/dev/null || continue
    case $name in {_NAMES}) ;; *) continue;; esac
    {{ read -r stat <"$process/stat"; }} 2>/dev/null || continue
    case $stat in *") Z "*) continue;; esac
    number=$((number + 1))
    if [ "$number" -gt 100 ]; then echo "more than 100 processes have the name of a VNC server" >&2; exit 1; fi
    [ -r "$process/cmdline" ] || {{ echo "$process/cmdline: Permission denied" >&2; exit 1; }}
    words=$(tr '\\n\\000' ' \\n' <"$process/cmdline" | awk {shlex.quote(_AWK)}) || {{ [ ! -d "$process" ] || exit 1; continue; }}
    printf 'server\\t%s\\n%s\\n' "$name" "$words"
    [ -z "$rc" ] || echo "rc"
  done
fi
echo end
"""

_OPEN = re.compile(r"(tls|x509)?none")
_ENCRYPTED = re.compile(r"(tls|x509)(none|vnc|plain)|ra2|ra2_256")
_CLEAR = re.compile(r"none|vncauth|plain|ra2ne|ra2ne_256|dh|mslogonii")
_DEFAULT = ("tlsvnc", "vncauth")
_YES = ("1", "yes", "true", "on", "")


@dataclass(frozen=True)
class VncServer(Fact):
    """One server process."""

    program: str
    port: int = 5900
    local_only: bool = False
    """Whether only this machine reaches it."""
    password: bool | None = True
    """Whether every way in asks for a password; None where its options do not tell."""
    encrypted: bool | None = False
    """Whether every way in is encrypted; None where its options do not tell."""
    ways: tuple[str, ...] = ()
    """Security types that a client may choose from, where the program has them."""

    @property
    def subject(self) -> str:
        """Program and port."""
        return f"{self.program} on {self.port}"


@collector(
    Command(shlex.join(["sh", "-c", _SCRIPT]), name="options of VNC servers", needs="sh", live=True, reads_only=True)
)
def vnc_servers(text: str) -> tuple[VncServer, ...]:
    """Words of the command lines, as Xvnc(1), x0vncserver(1) and x11vnc(1) understand them; the last of an option wins."""
    lines = text.removesuffix("\n").split("\n")
    if not lines or lines[-1] != "end":
        raise ValueError("an answer without its end")
    processes: list[tuple[str, list[tuple[str, str]]]] = []
    for line in lines[:-1]:
        name, _, value = line.partition("\t")
        if name == "server":
            processes.append((value, []))
        elif processes:
            processes[-1][1].append((name, value))
        else:
            raise ValueError("an option without its server")
    if not all(words for _, words in processes):
        raise ValueError("a server without any word")
    found = [_server(program, dict(words)) for program, words in processes]
    return tuple(dict.fromkeys(one for one in found if one))


def _server(program: str, said: dict[str, str]) -> VncServer | None:
    if "inetd" in said:
        return VncServer(program, 0, password=None, encrypted=None)
    if "rfbport" in said and said["rfbport"].startswith("-"):
        return None  # no port at all
    display = int(said.get("display", "0").partition(".")[0])
    port = int(said.get("rfbport") or 5900 + display)
    if program == "x11vnc":
        return _x11vnc(program, int(said.get("rfbport") or 5900), said)
    if program == "Xtightvnc":
        return VncServer(program, port, "localhost" in said, password="rfbauth" in said)
    if program in ("Xtigervnc", "Xvnc", "x0vncserver", "x0tigervncserve", "X0tigervnc"):
        local = "localhost" in said and (said["localhost"] in _YES or said["localhost"].startswith((":", "-")))
        local = local or is_loopback(said.get("interface", ""))
        ways = tuple(said["securitytypes"].split(",")) if "securitytypes" in said else _DEFAULT
        if not all(_ENCRYPTED.fullmatch(way) or _CLEAR.fullmatch(way) for way in ways):
            raise ValueError("a security type that is not known")
        return VncServer(
            program,
            int(said.get("rfbport") or 5900) if program.lower().startswith("x0") else port,
            local,
            password=not any(_OPEN.fullmatch(way) for way in ways),
            encrypted=all(_ENCRYPTED.fullmatch(way) for way in ways),
            ways=ways,
        )
    return VncServer(program, port, password=None, encrypted=None)


def _x11vnc(program: str, port: int, said: dict[str, str]) -> VncServer:
    """It blanks a password that stands in its command line, and a file of its own may say more."""
    by_system = bool({"unixpw", "unixpw_nis"} & said.keys())
    password: bool | None = by_system or bool({"rfbauth", "passwdfile", "usepw"} & said.keys())
    encrypted: bool | None = bool({"ssl", "stunnel", "sslonly"} & said.keys()) or by_system
    if "rc" in said and "norc" not in said:
        password, encrypted = password or None, encrypted or None
    if "hidden" in said:
        password = password or None
    local = "localhost" in said or is_loopback(said.get("listen", ""))
    return VncServer(program, port, local, password, encrypted)
