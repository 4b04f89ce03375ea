"""The SSH server that runs, where it was started with options of its own."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

# Its own words: "sshd: /usr/sbin/sshd -D -o X=y [listener] 0 of 10-100 startups", in older versions the bare arguments.
_SCRIPT = r"""
read -r pid </run/sshd.pid 2>/dev/null || { echo "not running"; exit 0; }
case $pid in ""|*[!0-9]*) echo "/run/sshd.pid holds no number" >&2; exit 1 ;; esac
[ -e "/proc/$pid/comm" ] || { echo "not running"; exit 0; }
read -r name <"/proc/$pid/comm" || exit 1
case $name in sshd*) ;; *) echo "not running"; exit 0 ;; esac
# A number that was left behind may by now be anybody's process.
owner=$(stat -c %u "/proc/$pid") || exit 1
if [ "$owner" != 0 ]; then echo "not running"; exit 0; fi
words=$(tr "\000" " " <"/proc/$pid/cmdline") || exit 1
words=${words#sshd: }
words=${words%%\[listener\]*}
case $words in
  *[\$\`\"\\]*|*"'"*) echo "sshd was started with options that are not understood here" >&2; exit 1 ;;
esac
set -f
set -- $words
shift
options= log=
for word; do
  # It would be written to.
  if [ "$log" ]; then log=; continue; fi
  case $word in -E) log=1; continue ;; -E*) continue ;; esac
  case $word in -D|-e|-q|-i|-De|-eD|-d|-dd|-ddd) ;; *) options="$options $word" ;; esac
done
echo "options$options"
set -- $options
[ "$#" -eq 0 ] || sshd -T "$@" || sshd -G "$@"
"""
_RUNNING = Command(shlex.join(["sh", "-c", _SCRIPT]), needs="sshd", name="sshd that runs", live=True, reads_only=True)


@dataclass(frozen=True)
class RunningSshd(Fact):
    """What sshd -T says with the options of the server that runs; nothing where none runs, or it has no options."""

    running: bool = True
    options: tuple[str, ...] = ()
    """As they were given, those left out that only say how it is started."""
    settings: tuple[tuple[str, str], ...] = ()
    """Keyword in lower case and value."""


@collector(_RUNNING)
def sshd_running(text: str) -> RunningSshd:
    """The server that keeps /run/sshd.pid; a further one keeps another file, and is not looked at."""
    head, _, rest = text.partition("\n")
    if head == "not running":
        return RunningSshd(running=False)
    if not head.startswith("options"):
        raise ValueError("not the options of sshd")
    options = tuple(head.split()[1:])
    settings = tuple((name.lower(), value) for name, _, value in (line.partition(" ") for line in rest.splitlines()))
    if options and "port" not in dict(settings):
        raise ValueError("this is not what sshd -T says")
    return RunningSshd(options=options, settings=settings)
