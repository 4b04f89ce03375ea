"""The files of databases, and dumps of them in the usual places."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

_STORES = """
/var/lib/postgresql /var/lib/pgsql /var/lib/mysql /var/lib/mariadb /var/lib/mongodb /var/lib/mongo /var/lib/redis
/var/lib/valkey /var/lib/ldap /var/lib/openldap /var/lib/couchdb /opt/couchdb/data /var/lib/influxdb /var/lib/elasticsearch
/var/lib/opensearch /var/lib/cassandra /var/lib/clickhouse /var/lib/neo4j /var/lib/firebird /var/opt/mssql /var/lib/dirsrv
"""
_KEPT = "/root /tmp /var/tmp /home /srv /opt /data /backup /backups /var/backups /var/www"
_DUMPS = "sql sql.* dump dump.* pgdump bson rdb mdb accdb dbf sqlite sqlite3 bak ldif ldif.*"

# A folder that others may not go into closes everything below it, whatever its own mode: those are not gone into. What of
# the rest may not be listed is told; of what is closed it only counts what can be seen. MariaDB's packages leave two open
# files beside the data, with nothing but a version in them.
_SCRIPT = rf"""
there() {{ for place; do if [ -e "$place" ]; then printf '%s ' "$place"; fi; done; }}
found() {{ {{ find "$@" -print0 || printf '?\000'; }} | tr '\001-\037\177' '?' | tr '\000' '\n' | head -n 100; }}
told() {{
  kind=$1; shift
  for path; do case $path in '?') echo unlisted;; *) printf '%s\t%s\n' "$kind" "$path";; esac; done
}}
closed='-type d ! -perm -001 -prune -o -type f ( -perm -004 -o -perm -002 )'
marks='! -name mysql_upgrade_info ! -name *.flag'
newline='
'
set -f
stores=$(there {" ".join(_STORES.split())})
for store in $stores; do printf 'store\t%s\n' "$store"; done
kept=$(there {_KEPT})
named=$(for ending in {_DUMPS}; do printf ' -o -name *.%s' "$ending"; done)
open= dumps= bare=
[ -z "$stores" ] || open=$(found $stores -maxdepth 3 -xdev $closed $marks)
if [ "$kept" ]; then
  dumps=$(found $kept -maxdepth 3 -xdev -type f \( ${{named# -o}} \) 2>/dev/null)
  [ -z "$dumps" ] || bare=$(found $kept -maxdepth 3 -xdev $closed \( ${{named# -o}} \))
fi
IFS=$newline
told open_store $open
for path in $dumps; do [ "$path" = '?' ] || printf 'dump\t%s\n' "$path"; done
told open_dump $bare
"""


@dataclass(frozen=True)
class Databases(Fact):
    """Files of databases that are there, and which of them everybody may get at; a hundred of each at most."""

    stores: tuple[str, ...] = ()
    """Folders of database servers."""
    open_stores: tuple[str, ...] = ()
    """Files of theirs, up to three folders deep, that everybody may read or write."""
    dumps: tuple[str, ...] = ()
    """Dumps and single-file databases in the usual places."""
    open_dumps: tuple[str, ...] = ()
    """Those that everybody may read or write."""


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="files of databases", seconds=5))
def databases(said: str) -> Databases:
    """Lines of ``store``, ``open_store``, ``dump`` or ``open_dump``, a tab and a path."""
    lines = [line.split("\t") for line in said.split("\n") if line]
    if unlisted := [line for line in lines if len(line) == 1]:
        raise ValueError(f"{len(unlisted)} searches could not list every folder")
    told = {kind: tuple(path for one, path in lines if one == kind) for kind, _ in lines}
    return Databases(*(told.get(kind, ()) for kind in ("store", "open_store", "dump", "open_dump")))
