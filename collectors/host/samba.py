"""The file server Samba: how it speaks, what it shares, and with whom.

The configuration is taken as ``testparm -sv`` tells it: synonyms, includes, and the defaults of that version applied. What
testparm cannot tell for smbd (a configuration that changes with the client, or that is kept in the registry) is unknown.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS
from collectors.host.loopback import is_loopback
from collectors.sources import Command

_SCRIPT = (
    FOLDERS
    + r"""
no() { echo "$1" >&2; exit 1; }
for place in /etc/default/samba /etc/sysconfig/samba; do
  [ -e "$place" ] || continue
  other=$(awk '/^[ \t]*(export +)?S(MBD|AMBA)OPTIONS=/ && /[$`]|[ ="\047](-s|--conf|--option)/' "$place") || exit 1
  [ -z "$other" ] || no "$place starts smbd with other settings"
done
IFS='
'; set -f; seen=0
set -- /etc/samba/smb.conf
searched /etc /etc/samba
while [ $# -gt 0 ]; do
  file=$1; shift; seen=$((seen + 1))
  [ "$seen" -lt 50 ] || no "more than 50 files are included"
  case $file in
  registry) no "shares are kept in the registry of Samba";;
  *%*) no "a file is included that depends on the client";;
  /*) ;;
  *) no "a file is included by a relative path";;
  esac
  [ -e "$file" ] || { searched "${file%/*}"; continue; }
  [ -r "$file" ] || denied "$file"
  more=$(awk '
    { key = tolower($0); sub(/=.*/, "", key); gsub(/[ \t]/, "", key)
      value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t\r]+$/, "", value); gsub(/^"|"$/, "", value) }
    key == "include" && value != "" { print value }
    key == "configbackend" && tolower(value) != "file" { print "registry" }
    key == "configfile" && value != "" { print "%" }
  ' "$file") || exit 1
  set -- "$@" $more
done
unset IFS
told=$(testparm -sv --suppress-prompt 2>/dev/null)
case $?:$told in [01]:*"[global]"*) ;; *) no "testparm does not tell the configuration";; esac
said=$(printf "%s\n" "$told" | awk '
  /^\[.*\]$/ { section = substr($0, 2, length($0) - 2); print "section\t" section; next }
  { key = $0; sub(/^[ \t]+/, "", key); sub(/ =.*/, "", key); value = $0; sub(/^[^=]*=[ ]?/, "", value) }
  key ~ /^(server min protocol|server role|server signing|(server )?smb encrypt|usershare (max shares|allow guests|path)|bind interfaces only|interfaces)$/ ||
  key ~ /^(path|available|printable|guest ok|guest only|valid users|admin users|force user|guest account|hosts allow|read only)$/ {
    print "set\t" key "\t" value }')
printf "%s\n" "$said"
at=$(printf "%s\n" "$said" | sed -n "s/^set.usershare path.//p") || exit 1
most=$(printf "%s\n" "$said" | sed -n "s/^set.usershare max shares.//p") || exit 1
if [ "${most:-0}" != 0 ] && [ -n "$at" ] && [ -d "$at" ]; then
  listed "$at"
  set +f
  for file in "$at"/*; do
    [ -f "$file" ] || continue
    [ -r "$file" ] || denied "$file"
    printf "usershare\t%s\n" "${file##*/}"
    awk '/^(path|usershare_acl|guest_ok)=/ { key = $0; sub(/=.*/, "", key); sub(/^[^=]*=/, ""); print "set\t" key "\t" $0 }' "$file"
  done
fi
echo end
"""
)

_SOURCE = Command(shlex.join(["sh", "-c", _SCRIPT]), needs="smbd", name="testparm and shares of users", seconds=10)

_OLD = ("CORE", "COREPLUS", "LANMAN1", "LANMAN2", "NT1")
_NEW = "SMB2", "SMB3"
_REQUIRED = ("required", "mandatory", "force", "forced", "enforced")
_EVERYONE = "S-1-1-0"


@dataclass(frozen=True)
class SambaServer(Fact):
    """What holds for all shares of the server."""

    min_protocol: str = "SMB2_02"
    """The oldest dialect that it speaks."""
    signing: str = "default"
    role: str = "standalone server"
    encrypt: str = "default"
    """Default for shares without an own word."""
    users_may_share: bool = False
    """Whether accounts of the machine may publish folders (``usershare max shares``)."""
    users_may_share_with_guests: bool = False
    local_only: bool = False
    """Whether it listens on the loopback interface only."""

    @property
    def speaks_smb1(self) -> bool:
        """Whether a client may ask for SMB 1 or older."""
        return self.min_protocol in _OLD

    @property
    def requires_signing(self) -> bool:
        """Whether unsigned sessions are refused. By default only a domain controller does so."""
        controller = self.signing == "default" and self.role == "active directory domain controller"
        return controller or self.signing in _REQUIRED

    @property
    def requires_encryption(self) -> bool:
        """Whether sessions in clear are refused, for all shares."""
        return self.encrypt in _REQUIRED


@dataclass(frozen=True)
class SambaShare(Fact):
    """One folder that is shared; printers are none."""

    name: str
    path: str = ""
    guest: bool = False
    """Whether it is open without an account. With ``map to guest = Never`` and ``restrict anonymous = 2`` too."""
    read_only: bool = True
    people: tuple[str, ...] = ()
    """Accounts and groups that it is limited to; empty where every account of the server may enter."""
    root: tuple[str, ...] = ()
    """Who acts as root in it: ``admin users``, and everybody where ``force user`` is root."""
    encrypt: str = "default"
    local_only: bool = False
    """Whether only this machine may use it (``hosts allow``, or the server's interfaces)."""
    by_user: bool = False
    """Whether an account of the machine has published it (``net usershare``)."""

    @property
    def subject(self) -> str:
        """Its name."""
        return self.name

    @property
    def requires_encryption(self) -> bool:
        """Whether it is refused to who does not encrypt."""
        return self.encrypt in _REQUIRED


@collector(_SOURCE)
def samba_server(text: str) -> SambaServer:
    """``testparm -sv`` writes every setting of the section [global] with its canonical name."""
    own = _sections(text)["section", "global"]
    oldest = own["server min protocol"].upper()
    if oldest not in _OLD and not oldest.startswith(_NEW):
        raise ValueError("a protocol that is not known")
    shares = int(own.get("usershare max shares", "0")) > 0
    return SambaServer(
        min_protocol=oldest,
        signing=own["server signing"].lower(),
        role=own["server role"].lower(),
        encrypt=_encrypt(own),
        users_may_share=shares,
        users_may_share_with_guests=shares and _yes(own.get("usershare allow guests", "No")),
        local_only=_local_server(own),
    )


@collector(_SOURCE)
def samba_shares(text: str) -> tuple[SambaShare, ...]:
    """A share's section has what differs from the defaults, and those stand in [global]."""
    sections = _sections(text)
    own = sections["section", "global"]
    local = _local_server(own)
    guests = _yes(own.get("usershare allow guests", "No"))
    shares = []
    for (kind, name), said in sections.items():
        if kind == "usershare":
            shares.append(_of_user(name, said, own, guests=guests, local=local))
        elif name.lower() not in ("global", "print$", "ipc$"):
            share = own | said
            if _yes(share["available"]) and not _yes(share["printable"]):
                shares.append(_share(name, share, local=local))
    return tuple(shares)


def _share(name: str, said: Mapping[str, str], *, local: bool) -> SambaShare:
    root = tuple(_names(said["admin users"]))
    guest = _yes(said["guest ok"]) or _yes(said["guest only"])
    if said["force user"] in ("root", "0"):
        root = ("everybody",)
    elif guest and said.get("guest account") in ("root", "0"):
        root = ("guests",)
    # %U and %u stand for whoever asks.
    people = tuple(_names(said["valid users"]))
    if any(re.search(r"%[Uu]", one) for one in people):
        people = ()
    return SambaShare(
        name=name,
        path=said["path"],
        guest=guest,
        read_only=_yes(said["read only"]),
        people=people,
        root=root,
        encrypt=_encrypt(said),
        local_only=local or _local_hosts(said["hosts allow"]),
    )


def _of_user(name: str, said: Mapping[str, str], own: Mapping[str, str], *, guests: bool, local: bool) -> SambaShare:
    """A file of ``net usershare``: access rights are ``SID:F``, ``:R`` or ``:D`` (denied), separated by commas."""
    rights = dict(one.rsplit(":", 1) for one in said["usershare_acl"].split(",") if one)
    allowed = tuple(who for who, right in rights.items() if right.upper() != "D")
    return SambaShare(
        name=name,
        path=said["path"],
        guest=guests and said.get("guest_ok", "n").lower() == "y",
        read_only="F" not in {right.upper() for right in rights.values()},
        people=() if _EVERYONE in allowed else allowed or ("nobody",),
        encrypt=_encrypt(own),
        local_only=local or _local_hosts(own["hosts allow"]),
        by_user=True,
    )


def _sections(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Section to its settings; a text without its end was cut."""
    lines = text.splitlines()
    if not lines or lines[-1] != "end":
        raise ValueError("an answer without its end")
    sections: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines[:-1]:
        kind, name, *value = line.split("\t")
        if kind in ("section", "usershare") and not value:
            last = sections.setdefault((kind, name), {})
        elif kind == "set" and len(value) == 1:
            last[name] = value[0].strip()
        else:
            raise ValueError("a line that the script does not print")
    return sections


def _encrypt(said: Mapping[str, str]) -> str:
    """Version 4.15 gave the setting a new name."""
    return (said.get("server smb encrypt") or said["smb encrypt"]).lower()


def _yes(value: str) -> bool:
    return {"yes": True, "no": False}[value.lower()]


def _names(value: str) -> list[str]:
    return shlex.split(value.replace(",", " "))


def _local_server(own: Mapping[str, str]) -> bool:
    interfaces = _names(own.get("interfaces", ""))
    return (
        _yes(own.get("bind interfaces only", "No"))
        and bool(interfaces)
        and all(one == "lo" or is_loopback(one) for one in interfaces)
    )


def _local_hosts(allowed: str) -> bool:
    hosts = _names(allowed)
    return bool(hosts) and all(is_loopback(one) for one in hosts)
