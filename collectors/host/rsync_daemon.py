"""Folders that the rsync daemon offers."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.loopback import is_loopback

# A module's secrets stand in another file, which is not read.
_AWK = r"""
FILENAME ~ /default|sysconfig/ {
  if (/^[ \t]*RSYNC_CONFIG_FILE=["\047]?[^"\047 \t]/ || /^[ \t]*(RSYNC_OPTS|OPTIONS)=.*(--config|--dparam|-M)/) out("options\tother")
  next
}
{ while (sub(/\\\r?$/, "") && (getline more) > 0) $0 = $0 more; sub(/\r$/, "") }
/^[ \t]*([#;]|$)/ { next }
/^[ \t]*&/ { out("include\t"); next }
/^[ \t]*\[/ { sub(/^[ \t]*\[[ \t]*/, ""); sub(/[ \t]*\].*/, ""); gsub(/\t/, " "); out("module\t" $0); next }
/=/ {
  key = tolower($0); sub(/=.*/, "", key); gsub(/[ \t]/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value)
  gsub(/\t/, " ", value); sub(/ +$/, "", value)
  if (key ~ /^(path|authusers|readonly|writeonly|hostsallow|address)$/) out(key "\t" value)
}
"""
_CONF = "/etc/rsyncd.conf"
_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class RsyncModule(Fact):
    """One folder that the daemon offers under a name."""

    name: str
    path: str = ""
    users: tuple[str, ...] = ()
    """Who must give a password (``auth users``); empty where everybody may enter without."""
    read_only: bool = True
    local_only: bool = False
    """Whether only this machine may use it."""

    @property
    def subject(self) -> str:
        """Its name."""
        return self.name


@collector(
    excerpt("rsync daemon", _CONF, "/etc/default/rsync", "/etc/sysconfig/rsyncd", awk=_AWK, needs="rsync"),
)
def rsync_modules(text: str) -> tuple[RsyncModule, ...]:
    """rsyncd.conf(5): what stands before the first module, or under [global], is the default of those below it."""
    files = by_file(text)
    if any("options\tother" in lines for lines in files.values()):
        raise LookupError("it is started with another configuration")
    everywhere: dict[str, str] = {}
    modules: dict[str, dict[str, str]] = {}
    into = everywhere
    for line in files.get(_CONF, []):
        key, _, value = line.partition("\t")
        if key == "include":
            raise LookupError("an include that is not read")
        if key == "module":
            into = everywhere if value.lower() == "global" else modules.setdefault(value, dict(everywhere))
        else:
            into[key] = value
    bound = is_loopback(everywhere.get("address", ""))
    return tuple(
        RsyncModule(
            name=name,
            path=said.get("path", ""),
            users=tuple(_words(said.get("authusers", ""))),
            read_only=_BOOLEANS[said.get("readonly", "yes").lower()],
            local_only=bound or _all_loopback(_words(said.get("hostsallow", ""))),
        )
        for name, said in modules.items()
    )


def _words(value: str) -> list[str]:
    return [word for word in re.split(r"[ ,]+", value) if word]


def _all_loopback(hosts: list[str]) -> bool:
    return bool(hosts) and all(is_loopback(host) for host in hosts)
