r"""Who may come into a MariaDB server, asked of the server itself through its local socket.

The accounts stand in ``mysql.global_priv``, in pages of the Aria engine that keep deleted rows too and have no published
form, so they are not read from the disk. The server's own client asks as root, once, without any password, option file
or login path. What comes back is computed in SQL: account, plugin and what kind of secret it is; the hash stays in the
server. Where root does not come in so, nothing is known, and nothing else is tried. The client is given no plugins: where root
is behind PAM, its stack is begun and told no password at all.

MySQL is not asked: since 8.0.19 an account may have ``FAILED_LOGIN_ATTEMPTS``, and root could be locked by our asking.
MariaDB exempts root on this machine from ``max_password_errors``.
"""

import shlex
from dataclasses import dataclass

from collectors.host.mysql_option_files import RUNNING
from collectors.host.stored_defaults import sql_defaults
from collectors.sources import Command

_MOST = 500
"""Accounts; more are not seen."""
_WAYS = 8
"""Alternatives of ``IDENTIFIED VIA ... OR ...`` that are looked at."""


def _quoted(word: str) -> str:
    """A string of SQL that no sql_mode reads differently."""
    return f"0x{word.encode().hex()}"


def _native() -> str:
    """The class of a hash of mysql_native_password, ``*`` and SHA1(SHA1(password))."""
    made = "CONCAT('*', UPPER(SHA1(UNHEX(SHA1({}))))) = UPPER(secret)".format
    listed = " ".join(
        f"WHEN User = CAST({_quoted(user)} AS CHAR) AND {made(_quoted(secret))} THEN 'vendor-default:{one.id}'"
        for one in sql_defaults()
        for user, secret in one.pairs
    )
    return (
        "CASE WHEN secret = '' THEN 'empty' WHEN secret NOT REGEXP '^[*][0-9A-Fa-f]{40}$' THEN 'none-fits' "
        f"{listed} WHEN {made('CONVERT(User USING utf8mb4)')} THEN 'user-name' ELSE 'set' END"
    )


_QUERY = f"""
SELECT 'server', VERSION(), CURRENT_USER(), @@skip_networking, @@require_secure_transport, @@have_ssl, @@tls_version;
SELECT 'account', User, Host, locked, tls, CASE
  WHEN many THEN 'many'
  WHEN plugin IN ('unix_socket', 'auth_socket') THEN 'socket'
  WHEN plugin IN ('', 'mysql_native_password') THEN {_native()}
  WHEN plugin IN ('mysql_old_password', 'ed25519', 'parsec', 'caching_sha2_password', 'sha256_password')
    THEN IF(secret = '', 'empty', 'set')
  WHEN plugin IN ('pam', 'pam_v1', 'auth_pam', 'auth_pam_compat', 'dialog', 'gssapi', 'auth_gssapi', 'named_pipe')
    THEN 'elsewhere'
  ELSE 'unrecognised' END
FROM (
  SELECT User, Host, n, JSON_LENGTH(Priv, '$.auth_or') > {_WAYS} AS many,
    IFNULL(JSON_VALUE(Priv, '$.account_locked'), 0) IN ('1', 'true') AS locked,
    IFNULL(JSON_VALUE(Priv, '$.ssl_type'), 0) AS tls,
    IFNULL(JSON_VALUE(way, '$.plugin'), '') AS plugin,
    IFNULL(JSON_VALUE(way, '$.authentication_string'), '') AS secret
  FROM (
    SELECT User, Host, Priv, n, CASE
      WHEN JSON_EXISTS(Priv, '$.auth_or') = 0 THEN IF(n = 0, Priv, NULL)
      WHEN JSON_LENGTH(Priv, CONCAT('$.auth_or[', n, ']')) = 0 THEN Priv
      ELSE JSON_QUERY(Priv, CONCAT('$.auth_or[', n, ']')) END AS way
    FROM mysql.global_priv, ({" UNION ALL ".join(f"SELECT {n} AS n" for n in range(_WAYS))}) AS numbers
    WHERE IFNULL(JSON_VALUE(Priv, '$.is_role'), 0) NOT IN ('1', 'true')
  ) AS ways WHERE way IS NOT NULL
) AS secrets ORDER BY User, Host, n LIMIT {_MOST * _WAYS};
SELECT 'open', Db FROM mysql.db WHERE User = '' ORDER BY Db LIMIT 50;
"""  # noqa: S608 - made of constants

_SCRIPT = (
    r"""
[ "$(id -u)" = 0 ] || { echo "unseen user"; exit 0; }
"""
    + RUNNING
    + rf"""
set -- $servers
case $# in 0) echo "unseen process"; exit 0 ;; 1) ;; *) echo "unseen several"; exit 0 ;; esac
program=$(readlink "$1/exe" 2>/dev/null)
program=${{program%% (deleted)}}
case $program in
  /usr/*/mariadbd|/opt/*/mariadbd) ;;
  # Everybody may start a program of this name, so that only one where packages put it is run.
  /usr/sbin/mysqld|/usr/bin/mysqld|/usr/libexec/mysqld|/usr/local/mysql/bin/mysqld)
    case $("$program" --version 2>/dev/null) in *MariaDB*) ;; *) echo "unseen product"; exit 0 ;; esac ;;
  *) echo "unseen place"; exit 0 ;;
esac
arguments=$(tr "\000" "\n" <"$1/cmdline")
file=$(printf "%s\n" "$arguments" | sed -n "s/^--defaults-file=//p" | tail -n 1)
socket=$(printf "%s\n" "$arguments" | sed -n "s/^--socket=//p" | tail -n 1)
[ "$socket" ] ||
  socket=$(my_print_defaults ${{file:+"--defaults-file=$file"}} --mysqld 2>/dev/null | sed -n "s/^--socket=//p" | tail -n 1)
unset MYSQL_PWD MYSQL_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_HOME MYSQL_DEBUG
{{ failed=$(mariadb --no-defaults --protocol=socket ${{socket:+"--socket=$socket"}} --user=root --skip-ssl --connect-timeout=3 \
  --skip-local-infile --plugin-dir=/nonexistent --batch --skip-column-names --skip-auto-rehash --execute={shlex.quote(_QUERY)} 2>&1 >&3); }} 3>&1
if [ $? = 0 ]; then echo end; exit 0; fi
echo "unseen $(printf "%s\n" "$failed" | sed -n "s/^ERROR \([0-9]*\).*/\1/p" | head -n 1)"
"""
)

# Not live: a directory tree has no processes, and the script says so itself, with all else that may keep it from asking.
ACCOUNTS = Command(
    shlex.join(["sh", "-c", _SCRIPT]), needs="mariadb", name="mariadb accounts", seconds=6, limit=1024 * 1024
)

NOT_ASKED = "MySQL is not asked: a login that fails may lock its root account"
_WHY_NOT = {
    "user": "only root may ask the server who has an account",
    "process": "no server process is seen, and only a running server tells its accounts",
    "several": "several servers run, and which of them a socket belongs to is not known",
    "product": NOT_ASKED,
    "place": "the server is no program of the system's, and those of other accounts are not asked",
    "1045": "the server does not let root in through its socket without a password",
    "1698": "the server does not let root in through its socket without a password",
    "2002": "no server answers at the socket",
}
_CLASSES = frozenset(
    {"socket", "empty", "none-fits", "set", "user-name", "elsewhere", "unrecognised"}
    | {f"vendor-default:{one.id}" for one in sql_defaults()}
)


@dataclass(frozen=True, slots=True)
class SqlAccount:
    """One account, and each way that lets it in."""

    name: str
    """``user@host``; before the ``@`` nothing stands for the anonymous one."""
    locked: bool = False
    tls: bool = False
    """Whether it must come in with TLS."""
    ways: tuple[str, ...] = ("set",)
    """Of each plugin that may let it in: ``socket`` (as the system's own user), ``empty`` (without a password),
    ``none-fits``, ``set``, ``user-name``, ``vendor-default:ID``, ``elsewhere`` (PAM, Kerberos), ``unrecognised``."""

    @property
    def anonymous(self) -> bool:
        """Whether it has no name."""
        return self.name.startswith("@")

    @property
    def remote(self) -> bool:
        """Whether other machines may use it."""
        host = self.name.rpartition("@")[2]
        return not (host in ("localhost", "::1") or host.startswith("127."))


@dataclass(frozen=True, slots=True)
class Told:
    """What the running server said, or why it said nothing."""

    not_seen: str = ""
    version: tuple[int, ...] = ()
    skips_grants: bool = False
    networking: bool = True
    requires_tls: bool = False
    tls: bool = False
    tls_versions: tuple[str, ...] = ()
    accounts: tuple[SqlAccount, ...] = ()
    open_databases: tuple[str, ...] = ()
    """Patterns of databases that every account may use."""


def told(text: str | None) -> Told:
    """Understand what the script said. None is a machine without the client."""
    if text is None:
        return Told("there is no mariadb client to ask with")
    lines = text.splitlines()
    verdict, _, why = lines[-1].partition(" ")
    if verdict == "unseen":
        return Told(_WHY_NOT.get(why) or f"the client could not ask (error {int(why) if why else 'unknown'})")
    if lines[-1] != "end":
        raise ValueError("an answer without an end")
    kind, version, user, skip, required, tls, versions = lines[0].split("\t")
    if kind != "server" or tls not in ("YES", "NO", "DISABLED"):
        raise ValueError("not the answer to the first question")
    held: dict[str, SqlAccount] = {}
    databases = []
    for line in lines[1:-1]:
        kind, *fields = line.split("\t")
        if kind == "open" and len(fields) == 1:
            databases.append(fields[0])
        elif kind == "account":
            one = _account(*fields)
            ways = held[one.name].ways if one.name in held else ()
            held[one.name] = SqlAccount(one.name, one.locked, one.tls, (*ways, *one.ways))
        else:
            raise ValueError("not a line of the answer")
    if not held or len(held) >= _MOST:
        raise ValueError("no account, or more than are asked for")
    return Told(
        version=tuple(int(part) for part in version.partition("-")[0].split(".")),
        skips_grants=user.partition("@")[0] != "root",
        networking=not _switch(skip),
        requires_tls=_switch(required),
        tls=tls == "YES",
        tls_versions=tuple(part for part in versions.split(",") if part),
        accounts=tuple(held.values()),
        open_databases=tuple(databases),
    )


def _switch(value: str) -> bool:
    return {"0": False, "1": True}[value]


def _account(user: str, host: str, locked: str, tls: str, kind: str) -> SqlAccount:
    if kind not in _CLASSES:
        raise ValueError("not a class of secret")
    return SqlAccount(f"{user}@{host or '%'}", _switch(locked), int(tls) > 0, (kind,))
