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
_MOST = 100
_DUMPS = "sql sql.* dump dump.* pgdump bson rdb mdb accdb dbf sqlite sqlite3 bak ldif ldif.*"

# A folder that others may not go into closes everything below it, whatever its own mode: those are not gone into. What of
# the rest may not be listed is told; of what is closed it only counts what can be seen. MariaDB's packages leave two open
# files beside the data, with nothing but a version in them. Each search is told when it is asked and when it has ended, so
# that one whose programs are missing is not taken for one that found nothing. "//" is no path that find prints.
_SCRIPT = rf"""
there() {{ for place; do if [ -e "$place" ]; then printf '%s ' "$place"; fi; done; }}
found() {{
  printf 'asked\t%s\n' "$1"
  kind=$1; shift
  {{ find "$@" -print0 || printf '//unlisted\000'; printf '//end\000'; }} | tr '\001-\037\177' '?' | tr '\000' '\n' |
  head -n {_MOST + 1} | while read -r path; do printf '%s\t%s\n' "$kind" "$path"; done
}}
closed='-type d ! -perm -001 -prune -o -type f ( -perm -004 -o -perm -002 )'
marks='! -name mysql_upgrade_info ! -name *.flag'
set -f
stores=$(there {" ".join(_STORES.split())})
for store in $stores; do printf 'store\t%s\n' "$store"; done
[ -z "$stores" ] || found open_store $stores -maxdepth 3 -xdev $closed $marks
kept=$(there {_KEPT})
named=$(for ending in {_DUMPS}; do printf ' -o -name *.%s' "$ending"; done)
if [ "$kept" ]; then
  said=$(found dump $kept -maxdepth 3 -xdev -type f \( ${{named# -o}} \) 2>/dev/null)
  printf '%s\n' "$said"
  case $said in "asked	dump
dump	//end") ;; *) found open_dump $kept -maxdepth 3 -xdev $closed \( ${{named# -o}} \);; esac
fi
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
    hidden: bool = False
    """Whether there are folders, closed to others, where dumps could not be looked for."""


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="files of databases", seconds=5))
def databases(said: str) -> Databases:
    """Lines of a word, a tab and a path: ``store``, and for each search that is ``asked`` what it found, ``//unlisted`` where it
    could not look into a folder, and ``//end`` unless it found too much. Of dumps that are closed it may miss some.
    """
    lines = [line.split("\t") for line in said.split("\n") if line]
    told = {kind: tuple(path for one, path in lines if one == kind) for kind, _ in lines}
    for search in told.get("asked", ()):
        found = told.get(search, ())
        if "//end" not in found and len(found) <= _MOST:
            raise ValueError(f"the search for {search} did not come to its end")
        if "//unlisted" in found and search != "dump":
            raise ValueError(f"the search for {search} could not look into every folder")
    real = {kind: tuple(path for path in paths if not path.startswith("//"))[:_MOST] for kind, paths in told.items()}
    return Databases(
        stores=real.get("store", ()),
        open_stores=real.get("open_store", ()),
        dumps=real.get("dump", ()),
        open_dumps=real.get("open_dump", ()),
        hidden="//unlisted" in told.get("dump", ()),
    )
