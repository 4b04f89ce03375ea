"""FTP servers: vsftpd and ProFTPD, by their configuration files."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.loopback import is_loopback
from collectors.host.proftpd_conf import proftpd_hosts

# vsftpd takes key=value without blanks; of ProFTPD's directives those that tell who comes in, and how.
_AWK = r"""
{ sub(/\r$/, "") }
/^[ \t]*(#|$)/ { next }
FILENAME ~ /vsftpd/ {
  key = tolower($0); sub(/=.*/, "", key); value = tolower($0); sub(/^[^=]*=/, "", value)
  if (key ~ /^(anonymous_enable|local_enable|ssl_enable|force_(local|anon)_(logins|data)_ssl|listen|listen_ipv6|listen_address6?)$/) out(key "=" value)
  next
}
{ sub(/^[ \t]+/, ""); word = tolower($1) }
/^</ { out(tolower($0)); next }
word ~ /^(include|loadmodule|defaultaddress)$/ { out(word " " bare($2)); next }
word ~ /^(tlsengine|tlsrequired|sftpengine|anonrequirepassword|denyall|allowall|socketbindtight)$/ { out(word " " tolower(bare($2))) }
"""
_VSFTPD = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class FtpServer(Fact):
    """One server of a configuration."""

    name: str
    """Program and file, and the address of a virtual host."""
    anonymous: bool = False
    """Whether it lets in who has no account."""
    encrypted: bool = False
    """Whether it takes logins and files only over TLS (or SSH)."""
    local_only: bool = False

    @property
    def subject(self) -> str:
        """Its name."""
        return self.name


@collector(
    excerpt(
        "ftp servers",
        "/etc/vsftpd.conf",
        "/etc/vsftpd/*.conf",
        "/etc/proftpd.conf",
        "/etc/proftpd/*.conf",
        "/etc/proftpd/conf.d/*",
        awk=_AWK,
        programs=("vsftpd", "proftpd"),
    )
)
def ftp_servers(text: str) -> tuple[FtpServer, ...]:
    """vsftpd.conf(5), of which every file is a server; proftpd.conf(5), with what it includes."""
    files = by_file(text)
    found = [_vsftpd(path, lines) for path, lines in files.items() if "/vsftpd" in path]
    for start in ("/etc/proftpd/proftpd.conf", "/etc/proftpd.conf"):
        if start in files:
            found += [
                FtpServer(
                    f"proftpd ({start}) {host.address}".rstrip(),
                    host.anonymous,
                    host.encrypted,
                    local_only=host.local_only,
                )
                for host in proftpd_hosts(start, files)
            ]
    return tuple(found)


def _vsftpd(path: str, lines: list[str]) -> FtpServer:
    """Anonymous logins are on, and TLS is off, where the file does not say otherwise."""
    said = dict(line.split("=", 1) for line in lines)
    fourth, sixth = said.pop("listen_address", ""), said.pop("listen_address6", "")
    on = {key: _VSFTPD[value] for key, value in said.items()}
    anonymous = on.get("anonymous_enable", True)
    people = not on.get("local_enable", False) or (
        on.get("force_local_logins_ssl", True) and on.get("force_local_data_ssl", True)
    )
    guests = not anonymous or (on.get("force_anon_logins_ssl", False) and on.get("force_anon_data_ssl", False))
    encrypted = on.get("ssl_enable", False) and people and guests
    return FtpServer(
        f"vsftpd ({path})",
        anonymous,
        encrypted,
        local_only=is_loopback(sixth if on.get("listen_ipv6", False) else fourth),
    )
