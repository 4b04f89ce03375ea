r"""Secrets that lie in files: where, whose, of what kind, in which line; never the secret.

One script reads the homes that the passwd file names (and what is left in /home), and the system's own places. One awk over all
of it tells only what ``_AWK`` prints. Nothing but a regular file is opened, and in a home nothing that its account could not
read itself, so that a link to somebody else's file is not followed. All of it is bounded; past a bound a file is unseen.
"""

import shlex
from collections.abc import Iterable

from collectors.host.kept_secrets_awk import AWK
from collectors.host.secret_rules import any_hint, by_folder, known_awk, table, text_awk
from collectors.sources import KIB, Command

_MOST_HOMES = 400
_MOST_NAMES = 500
"""How many names of one folder are looked at."""
_MOST_BYTES = 64_000
"""Of all paths of one home: stat takes those of all homes as its arguments, and all that is said of them comes back."""
_SECONDS = 15

# ``L`` is a file to be read, ``S`` a place that may hold some and was not seen, ``M`` what stat says.
_SCRIPT = r"""
set -f
newline="
"
tab="	"
account= uid=0 gid=0 home= here= above=$newline
unseen() { printf "S\t%s\t%s\t%s\n" "$1" "$2" "$3"; }
ways() {
  way=${1%/*}
  while [ "$way" ]; do
    case $above in *"$newline$way$newline"*) return ;; esac
    above=$above$way$newline
    way=${way%/*}
  done
}
loose=0 crowded=none scattered=
take() {
  case $3 in *"$newline"*|*"$tab"*)
    unseen "$1" "$folder" "a name with a line break or a tab"; return ;;
  esac
  if [ "${#here}" -gt MOST_BYTES ]; then
    [ "$crowded" = "$home" ] || unseen chjk "${home:-/etc}" "it has more names than are looked at"
    crowded=$home
    return
  fi
  if [ -f "$3" ]; then
    printf "L\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n" "$1" "$2" "$account" "$uid" "$gid" "$home" "$3"
    here=$here$3$newline
    ways "$3"
  elif [ -L "$3" ] && [ ! -e "$3" ]; then
    loose=$((loose + 1))
    if [ "$loose" -gt 20 ]; then
      [ "$scattered" = "$1$folder" ] || unseen "$1" "$folder" "many links that lead nowhere"
      scattered=$1$folder
      return
    fi
    case $(ls -dL "$3" 2>&1) in *ermission*) unseen "$1" "$3" "permission denied" ;; esac
  fi
}
enter() {
  [ -d "$2" ] || return 1
  folder=$2
  if [ ! -x "$2" ]; then unseen "$1" "$2" "permission denied"; return 1; fi
  if [ "$3" ] && [ ! -r "$2" ]; then unseen "$1" "$2" "permission denied"; return 1; fi
}
each() {
  class=$1 kind=$2
  shift 2
  if [ "$#" -gt MOST_NAMES ]; then unseen "$class" "$folder" "more than MOST_NAMES names"; return; fi
  for path; do take "$class" "$kind" "$path"; done
}
inside() {
  class=$1 kind=$2 names=$3
  shift 3
  if [ "$#" -gt MOST_NAMES ]; then unseen "$class" "$folder" "more than MOST_NAMES names"; return; fi
  for inner; do
    if enter "$class" "$inner" 1; then each "$class" "$kind" "$inner"/$names; fi
  done
}
keys() {
  if [ "$#" -gt MOST_NAMES ]; then unseen k "$folder" "more than MOST_NAMES names"; return; fi
  for path; do
    case ${path##*/} in *.pub|known_hosts*|authorized_keys*|config|environment|rc|allowed_signers) continue ;; esac
    take k ssh-key "$path"
  done
}
of_home() {
  here= above=$newline folder=$home
  if [ ! -d "$home" ]; then
    way=${home%/*}
    while [ "$way" ]; do
      if [ -d "$way" ] && [ ! -x "$way" ]; then unseen chjk "$home" "permission denied"; return; fi
      way=${way%/*}
    done
    return
  fi
  if [ ! -x "$home" ]; then unseen chjk "$home" "permission denied"; return; fi
  case $above$home in *"$tab"*) unseen chjk "$home" "a name with a tab"; return ;; esac
HOME_PLACES
}
look() {
users=$(cat /etc/passwd) || return
homes=$newline number=0
set --
IFS=$newline
for line in $users; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*) ;; *) continue ;; esac
  account=${line%%:*}; line=${line#*:*:}
  uid=${line%%:*}; line=${line#*:}
  gid=${line%%:*}; line=${line#*:*:}
  home=${line%%:*}
  while :; do case $home in ?*/) home=${home%/} ;; *) break ;; esac; done
  case $home in
    /root) ;;
    /bin/*|/usr/*|/sbin/*|/dev/*|/proc/*|/sys/*|/run/*|/var/run/*|/nonexistent/*) continue ;;
    /?*/?*) ;;
    *) continue ;;
  esac
  case $homes in *"$newline$home$newline"*) continue ;; esac
  case $account$uid$gid in *[!A-Za-z0-9_.@+-]*) account=$uid ;; esac
  homes=$homes$home$newline number=$((number + 1))
  if [ "$number" -gt MOST_HOMES ]; then unseen chjk "$home" "more than MOST_HOMES homes"; continue; fi
  of_home
  set -- "$@" $here $above
done
set +f
for home in /home/*; do
  case $homes in *"$newline$home$newline"*) continue ;; esac
  case $home in *"$newline"*) continue ;; esac
  if [ ! -d "$home" ] || [ -L "$home" ]; then continue; fi
  account= uid=- gid=- number=$((number + 1))
  if [ "$number" -gt MOST_HOMES ]; then unseen chjk "$home" "more than MOST_HOMES homes"; continue; fi
  of_home
  set -f; set -- "$@" $here $above; set +f
done
account= uid=0 gid=0 home= here= above=$newline
if [ -d /home ] && [ ! -r /home ]; then unseen chjk /home "permission denied"; fi
SYSTEM_PLACES
folder=/etc
named=$(grep -hsE "^[[:space:]]*EnvironmentFile=|[,[:space:]]cred(entials)?=" /etc/fstab \
  /etc/systemd/system/*.service /etc/systemd/system/*.d/*.conf)
if [ "$?" -gt 2 ]; then return; fi
set -f
for line in $named; do
  case $line in
    "#"*) continue ;;
    *EnvironmentFile=*) line=${line#*EnvironmentFile=}; line=${line#-}; kind=environment-file ;;
    *) line=${line##*[,${tab} ]cred}; line=${line#entials}; line=${line#=}; line=${line%%[,${tab} ]*}; kind=share-credentials ;;
  esac
  line=${line#[\"\']}; line=${line%%[\"\']*}
  case $line in
    /etc/default/*|/etc/sysconfig/*|/etc/conf.d/*) continue ;;
    *[%*?]*) unseen c "$line" "a name with a wildcard" ;;
    /*) if enter c "${line%/*}" ""; then take c "$kind" "$line"; fi ;;
  esac
done
set -- "$@" $here $above
stat -L -c "M:%f:%a:%u:%g:%s:%n" / "$@" 2>/dev/null
echo E
}
look | awk AWK_PROGRAM
"""


def _home_places() -> str:
    """Shell that looks at every place of one home."""
    return _folders([*_places("~/"), ("k ssh-key", "~/.ssh/*")], "set +f; {}; set -f")


def _system_places() -> str:
    """Shell that looks at every place of the system."""
    return _folders(_places("/"), "{}")


def _folders(places: Iterable[tuple[str, str]], listing: str) -> str:
    lines = []
    for folder, found in by_folder(places).items():
        inside = folder.replace("~", "$home", 1)
        classes = "".join(sorted({kind[0] for kind, _ in found}))
        lists = "1" if any("*" in name for _, name in found) else ""
        lines.append(f'if enter {classes} "{inside}" "{lists}"; then')
        lines += [_look(kind, inside, name, listing) for kind, name in found]
        lines.append("fi")
    return "\n".join(lines)


def _look(kind: str, folder: str, name: str, listing: str) -> str:
    if kind == "k ssh-key":
        return listing.format(f'keys "{folder}"/*')
    within, _, last = name.rpartition("/")
    if within:
        return listing.format(f'inside {kind} "{last}" "{folder}"/{within}')
    if "*" in name:
        return listing.format(f'each {kind} "{folder}"/{name}')
    path = f'"{folder}/{name}"'
    return f"if [ -e {path} ] || [ -L {path} ]; then take {kind} {path}; fi"


def _places(root: str) -> Iterable[tuple[str, str]]:
    """Class and kind, and the place, of all that begin like this."""
    for one in table()["file"]:
        yield from ((f"c {one['id']}", place) for place in one["places"] if place.startswith(root))
    yield from (("h history", place) for place in table()["histories"] if place.startswith(root))
    yield from (("j job", place) for place in table()["jobs"] if place.startswith(root))


def script(limit: int = 2048 * KIB, everything: int = 16384 * KIB) -> str:
    """The whole of it, within so many bytes of one file and of all files."""
    program = f"BEGIN {{ LIMIT = {limit}; ALL = {everything} }}\n{text_awk()}{known_awk()}{AWK.replace('ANYTHING', any_hint())}"
    parts = {
        "HOME_PLACES": _home_places(),
        "SYSTEM_PLACES": _system_places(),
        "MOST_NAMES": str(_MOST_NAMES),
        "MOST_HOMES": str(_MOST_HOMES),
        "MOST_BYTES": str(_MOST_BYTES),
        "AWK_PROGRAM": shlex.quote(program),
    }
    whole = _SCRIPT
    for name, part in parts.items():
        whole = whole.replace(name, part)
    return whole


KEPT = Command(
    shlex.join(["sh", "-c", script()]),
    name="secrets in files",
    needs="stat",
    instrument=True,
    seconds=_SECONDS,
    limit=1024 * KIB,
)
"""Lines of ``AWK``."""
