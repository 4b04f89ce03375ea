"""Where MariaDB and MySQL are told what to do: option files, the arguments of processes, and what MySQL keeps itself."""

from collectors.host.excerpt import excerpt

# Passwords of replication and clusters stand beside these: an option leaves the target only by an allow list.
_ALLOWED = r"""^((skip|disable|enable)-)*(skip-gr|skip-net|bind-a|require-s|tls-v|ssl$|ssl-c|ssl-k|datad|mysqlx$|mysqlx-bind-a)"""
_AWK = (
    r"""
/^[ \t]*!include/ { sub(/^[ \t]*!/, ""); sub(/[ \t\r]+$/, ""); out($0); next }
/^[ \t]*\[/ { group = $0; sub(/^[ \t]*\[[ \t]*/, "", group); sub(/[ \t]*\].*/, "", group); next }
/^[ \t]*([#;]|$)/ { next }
group ~ /^((mysqld|server|mariadb|mariadbd)(-[0-9.]+)?|galera)$/ {
  name = $0; value = ""; stated = index(name, "=")
  if (stated) { value = substr(name, stated + 1); name = substr(name, 1, stated - 1) }
  sub(/[ \t]#.*/, "", name); sub(/[ \t]+#.*/, "", value)
  gsub(/[ \t\r]/, "", name); gsub(/_/, "-", name); sub(/^loose-/, "", name)
  gsub(/^[ \t]+|[ \t\r]+$/, "", value)
  if (name ~ /"""
    + _ALLOWED
    + r"""/) out("option " group " " name (stated ? "=" bare(value) : ""))
}
"""
)

RUNNING = r"""
space=$(readlink /proc/self/ns/pid 2>/dev/null)
servers= number=0
for own in /proc/[0-9]*/comm; do
  { read -r name <"$own"; } 2>/dev/null || continue
  case $name in mysqld|mariadbd) ;; *) continue ;; esac
  theirs=$(readlink "${own%/comm}/ns/pid" 2>/dev/null)
  [ -z "$theirs" ] || [ "$theirs" = "$space" ] || continue
  servers="$servers ${own%/comm}" number=$((number + 1))
  # Everybody may give a process this name.
  if [ "$number" -gt 20 ]; then echo "more than 20 processes have the name of a server" >&2; exit 1; fi
done
"""
"""POSIX sh: the processes of servers in ``$servers``, as their folders in /proc; not those of containers, which are
machines of their own. A directory tree has no processes."""

_FIRST = (
    r"""
if [ $# -gt 0 ]; then
  ignored=$(find -L "$@" -prune -perm -0002) || exit 1
  [ -z "$ignored" ] || printf "%s\n" "$ignored" | while read -r place; do printf "ignored\t%s\n" "$place"; done
fi
if command -v mariadbd >/dev/null 2>&1 || command -v mariadb >/dev/null 2>&1; then printf "product\tMariaDB\n"; else
  printf "product\tMySQL\n"
  searched /var/lib/mysql
  # SET PERSIST writes here, and what stands here comes last.
  kept=/var/lib/mysql/mysqld-auto.cnf
  if [ -e "$kept" ]; then
    for name in require_secure_transport bind_address tls_version skip_networking mysqlx_bind_address; do
      sed -n "s/.*\"$name\" *: *{ *\"Value\" *: *\"\([^\"]*\)\".*/persisted\t$name=\1/p" "$kept" || exit 1
    done
  fi
fi
"""
    + RUNNING
    + r"""
for server in $servers; do
  printf "process\tbegin %s\n" "${server#/proc/}"
  arguments=$(tr "\000" "\n" <"$server/cmdline") || exit 1
  printf "%s\n" "$arguments" | awk '
    /^--/ {
      at = index($0, "="); name = substr($0, 3, (at ? at : length($0) + 1) - 3); value = at ? substr($0, at) : ""
      gsub(/_/, "-", name); sub(/^loose-/, "", name)
      if (name ~ /^(no-defaults|defaults-file|defaults-extra-file|defaults-group-suffix)$/ || name ~ /"""
    + _ALLOWED
    + r"""/)
        print "process\t" name value
    }' || exit 1
done
"""
)

ORDER = ("/etc/my.cnf", "/etc/mysql/my.cnf", "/usr/etc/my.cnf")
"""Where the servers look, in their order."""

OPTIONS = excerpt(
    "mysql options",
    *ORDER,
    "/etc/my.cnf.d/*.cnf",
    "/etc/mysql/*.cnf",
    "/etc/mysql/*.d/*.cnf",
    awk=_AWK,
    programs=("mariadbd", "mysqld", "/usr/libexec/mariadbd", "/usr/libexec/mysqld", "/usr/local/mysql/bin/mysqld"),
    first=_FIRST,
)
