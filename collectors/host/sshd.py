"""The SSH server's effective configuration."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import sshd_files
from collectors.sources import Command, Files

_OTHER = "unit "


def scope(where: str) -> str:
    """For people: a ``Match`` block, or another server of this host."""
    return where if where.startswith(_OTHER) else f"Match {where}"


@dataclass(frozen=True)
class Sshd(Fact):
    """What ``sshd -T`` says (includes and defaults applied), and what ``Match`` blocks may set instead."""

    settings: tuple[tuple[str, str], ...] = ()
    """Keyword in lower case and value, as ``sshd -T`` prints them; list keywords occur several times."""
    match_settings: tuple[tuple[str, str, str], ...] = ()
    """Criteria of a ``Match`` block, keyword in lower case, value as written. Where a host has several servers, these are
    also the settings in which another one differs, with ``unit NAME`` in place of the criteria.
    """

    def value(self, keyword: str) -> str:
        """The value outside of ``Match`` blocks, in lower case; empty where this sshd has no such keyword."""
        return next((value.lower() for name, value in self.settings if name == keyword), "")

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that this host's servers listen on."""
        named = [value for name, value in self.settings if name == "port"]
        named += [value for _, name, value in self.match_settings if name == "port"]
        return tuple(sorted({int(value) for value in named}))

    @property
    def listens(self) -> tuple[str, ...]:
        """Every ``ListenAddress`` with its port; empty where sshd does not tell."""
        named = [value for name, value in self.settings if name == "listenaddress"]
        return (*named, *(value for _, name, value in self.match_settings if name == "listenaddress"))

    def values(self, keyword: str) -> tuple[tuple[str, str], ...]:
        """Where it holds (``everywhere`` or the ``Match`` criteria) and the value there, in lower case."""
        within = tuple((scope(where), value.lower()) for where, name, value in self.match_settings if name == keyword)
        return (("everywhere", self.value(keyword)), *within)

    @staticmethod
    def of(**settings: str) -> "Sshd":
        """An example: the given keywords only."""
        return Sshd(settings=tuple(settings.items()))


_KEYWORD = re.compile(r"[a-z0-9]+")
_SECTION = re.compile(r"^== (.*)\n", re.MULTILINE)

# Which servers there are, and with what options: a unit's ExecStart with its drop-ins, of units outside of /etc only the
# distribution's. Options of the command line overrule the files: Debian's unit takes SSHD_OPTS from /etc/default/ssh, Red
# Hat's the others. -G (OpenSSH 9.3 and later) needs neither root nor host keys. Before, -T ends without a word where
# /run/sshd is missing or the keys may not be read, but not before it has understood its configuration: then we read it.
_SCRIPT = r"""
newline="
"
tab="	"
known="/etc/default/ssh /etc/sysconfig/sshd /etc/sysconfig/sshd-permitrootlogin /etc/crypto-policies/back-ends/opensshserver.config"
set --
for name in ssh sshd; do
  for folder in /etc/systemd/system /lib/systemd/system /usr/lib/systemd/system; do
    unit=$folder/$name.service
    if [ -f "$unit" ] && [ ! -L "$unit" ]; then set -- "$@" "$unit"; break; fi
  done
done
for link in /etc/systemd/system/*.wants/*.service; do
  unit=/etc/systemd/system/${link##*/}
  case $unit in */ssh.service|*/sshd.service|*@*) continue ;; esac
  if [ -f "$unit" ] && [ ! -L "$unit" ]; then set -- "$@" "$unit"; fi
done
for unit; do
  for drop in /usr/lib/systemd/system/"${unit##*/}".d/*.conf /etc/systemd/system/"${unit##*/}".d/*.conf; do
    if [ -f "$drop" ]; then set -- "$@" "$drop"; fi
  done
done
servers=
if [ "$#" -gt 0 ]; then
  servers=$(awk "
    FNR == 1 { unit = FILENAME; sub(/[.]d\/[^\/]*$/, \"\", unit); sub(/.*\//, \"\", unit); line = \"\" }
    { line = line \$0 }
    /\\\\$/ { sub(/\\\\$/, \" \", line); next }
    line ~ /^ExecStart=/ {
      sub(/^ExecStart=[-@:+!]*/, \"\", line)
      if (line == \"\") delete command[unit]
      else if (line ~ /^[^ ]*\/sshd( |$)/) { if (!(unit in command)) order[++count] = unit; command[unit] = line }
    }
    line ~ /^EnvironmentFile=/ { sub(/^EnvironmentFile=-?/, \"\", line); files[unit] = files[unit] \" \" line }
    { line = \"\" }
    END { for (i = 1; i <= count; i++) if (order[i] in command) print order[i] \"	\" files[order[i]] \" 	\" command[order[i]] }
  " "$@") || exit 1
fi
case $servers in
  ssh.service*|sshd.service*|*"${newline}"sshd.service*) ;;
  *) servers="sshd.service$tab$known$tab/usr/sbin/sshd \$SSHD_OPTS \$OPTIONS \$PERMITROOTLOGIN \$CRYPTO_POLICY${newline}$servers" ;;
esac
value_of() {
  value=
  for place in $1; do
    [ -f "$place" ] || continue
    while read -r line || [ -n "$line" ]; do
      case $line in "$2="*)
        line=${line#*=}
        case $line in
          \"*\") line=${line#?}; line=${line%?} ;;
          \'*\') line=${line#?}; line=${line%?} ;;
        esac
        value=$line ;;
      esac
    done <"$place" || exit 1
  done
}
ask() {
  unit=$1 files=$2
  set -f
  set -- $3
  program=$1 options=
  shift
  for word; do
    case $word in
      "\$"*) word=${word#?}; word=${word#\{}; value_of "$files" "${word%\}}"; options="$options $value" ;;
      *) options="$options $word" ;;
    esac
  done
  set -- $options
  options= file= next= log=
  for word; do
    case $word in
      *[\$\`\"\\%]*|*"'"*) echo "sshd is started with options that are not understood here" >&2; exit 1 ;;
    esac
    if [ "$next" ]; then file=$word next=; fi
    # A log that -E names would be written to.
    if [ "$log" ]; then log=; continue; fi
    case $word in
      -E) log=1 ;;
      -E*) ;;
      -f) next=1; options="$options $word" ;;
      -f*) file=${word#-f}; options="$options $word" ;;
      -D|-e|-q|-i|-De|-eD|-d|-dd|-ddd) ;;
      *) options="$options $word" ;;
    esac
  done
  set -- $options
  if [ "$unit$file" ]; then echo "== $unit:$file"; fi
  sshd -T "$@" 2>/dev/null && return
  sshd -G "$@" 2>/dev/null && return
  reason=$(sshd -T "$@" 2>&1 >/dev/null)
  case $reason in
    *"Missing privilege separation directory"*|*"no hostkeys available"*)
      version=$(sshd "-?" 2>&1)
      case $version in *OpenSSH_*) ;; *) echo "$reason" >&2; exit 1 ;; esac
      version=OpenSSH_${version#*OpenSSH_}
      echo "unspoken ${version%%,*}"
      echo "options $*" ;;
    *) echo "$reason" >&2; exit 1 ;;
  esac
}
first=1
while IFS=$tab read -r unit files command; do
  [ "$unit" ] || continue
  if [ "$first" ]; then unit= first=; fi
  ask "$unit" "$files" "$command"
done <<END
$servers
END
"""
_EFFECTIVE = Command(shlex.join(["sh", "-c", _SCRIPT]), needs="sshd", name="sshd -T")


@collector(
    _EFFECTIVE,
    Files(*sshd_files.PLACES),
)
def sshd(effective: str, files: dict[str, str] | None) -> Sshd:
    """Keywords come in lower case, one to a line. ``Match`` blocks are read from the files, since ``-T`` leaves them out.
    A further server begins with a line ``== UNIT:FILE``, and so does the first where it is told another file.
    """
    pieces = _SECTION.split(effective)
    named = list(zip(pieces[1::2], pieces[2::2], strict=True))
    if pieces[0]:
        named.insert(0, (":", pieces[0]))
    if not named or not effective.endswith("\n") or named[0][0].partition(":")[0]:
        raise ValueError("this is not what sshd -T says")
    settings, matched = _server(named[0][0], named[0][1], files or {})
    for name, text in named[1:]:
        unit = f"{_OTHER}{name.partition(':')[0]}"
        own, blocks = _server(name, text, files or {})
        matched += [(unit, *one) for one in own if one not in settings or one[0] in {"port", "listenaddress"}]
        matched += [(f"{unit}, Match {where}", keyword, value) for where, keyword, value in blocks]
    return Sshd(tuple(settings), tuple(matched))


def _server(name: str, text: str, files: Mapping[str, str]) -> tuple[list[tuple[str, str]], list[sshd_files.Line]]:
    """The settings of one server, and those of its ``Match`` blocks."""
    written = sshd_files.lines(files, name.partition(":")[2] or sshd_files.main_file(files))
    blocks = [line for line in written if line[0]]
    said = [(word.lower(), value) for word, _, value in (line.partition(" ") for line in text.splitlines())]
    if said and said[0][0] == "unspoken":
        return sshd_files.effective(dict(said)["options"].split(), written, said[0][1]), blocks
    # Every sshd tells its port; without it, this is not the whole of what sshd -T says.
    if "port" not in dict(said) or not all(_KEYWORD.fullmatch(word) for word, _ in said):
        raise ValueError("this is not what sshd -T says")
    return said, blocks
