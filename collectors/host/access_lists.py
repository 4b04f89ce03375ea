"""POSIX access control lists on files that are meant to be private: they open what the mode hides."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS
from collectors.sources import Command

# The mode's group bits show only the list's mask. getfacl -s tells of files that have a list and of no others; without it,
# GNU's ls marks them by a "+", and busybox has nothing that would. What ls marks, Python can read where it is installed
# (linux/posix_acl_xattr.h: after the version, each entry is tag, permissions and id).
_PYTHON = """
import grp, os, pwd, struct, sys
def name(tag, number):
    try:
        return pwd.getpwuid(number).pw_name if tag == 2 else grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
for path in sys.argv[1:]:
    print("# file:", path)
    for start, kind in (("", "access"), ("default:", "default")):
        try:
            text = os.getxattr(path, "system.posix_acl_" + kind)
        except OSError as fault:
            if fault.errno == 61:
                continue
            raise
        found = list(struct.iter_unpack("<HHI", text[4:]))
        mask = min([may for tag, may, _ in found if tag == 16] or [7])
        for tag, may, number in found:
            if tag in (2, 8):
                may &= mask
                letters = "".join(letter if may & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
                print(start + ("user" if tag == 2 else "group") + ":" + name(tag, number) + ":" + letters)
    print()
"""
_SCRIPT = (
    FOLDERS
    + f"PYTHON={shlex.quote(_PYTHON)}"
    + r"""
listed /etc /etc/security /etc/ssh /var/backups /var/log /var/log/audit
newline="
"
set --
for place in /etc/shadow* /etc/gshadow* /etc/security/opasswd* /var/backups/shadow* /var/backups/gshadow* \
  /etc/ssh/*_key /etc/sudoers /etc/sudoers.d /var/log /var/log/* /var/log/audit/*; do
  if [ -e "$place" ]; then set -- "$@" "$place"; fi
done
users=$(cat /etc/passwd) || exit 1
set -f
IFS=$newline
for line in $users; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*) ;; *) continue ;; esac
  line=${line#*:*:}
  uid=${line%%:*}; line=${line#*:*:*:}
  home=${line%%:*}
  case $uid in 0|[1-9][0-9][0-9][0-9]*) ;; *) continue ;; esac
  case $home in /root|/*/*) searched "${home%/*}"; if [ -d "$home" ]; then set -- "$@" "$home"; fi ;; esac
done
if [ "$#" -gt 2000 ]; then echo "more than 2000 files" >&2; exit 1; fi
LC_ALL=C; export LC_ALL
if command -v getfacl >/dev/null 2>&1; then
  echo "looked with getfacl"
  exec getfacl -p -s -- "$@"
fi
case $(ls --version 2>/dev/null) in
  *coreutils*) ;;
  *) echo "neither getfacl nor an ls that shows access control lists is installed" >&2; exit 1 ;;
esac
listing=$(ls -ld -- "$@") || exit 1
set --
for line in $listing; do
  case $line in
    ??????????+*) place=${line#"${line%% /*} "}; set -- "$@" "${place%% -> *}" ;;
  esac
done
if [ "$#" -gt 0 ] && command -v python3 >/dev/null 2>&1; then
  echo "looked with getfacl"
  exec python3 -I -S -c "$PYTHON" "$@"
fi
echo "looked with ls"
printf "%s\n" "$listing"
"""
)
_LISTS = Command(shlex.join(["sh", "-c", _SCRIPT]), name="access control lists", limit=1 << 20, reads_only=True)
_LINE = re.compile(r"(?P<mode>[a-z-][rwxsStT-]{9})(?P<mark>[+.@]?) .*? (?P<path>/.*)")
_ENTRY = re.compile(r"(default:)?(user|group|mask|other):([^:]*):([rwx-]{3})(?:\s*#effective:([rwx-]{3}))?")


@dataclass(frozen=True)
class AccessList:
    """The list of one file, or of one folder."""

    path: str
    entries: tuple[tuple[str, str, str], ...] | None = ()
    """``user`` or ``group``, its name, and what it may (``r--``); also what new files of a folder begin with. None where
    there is a list, and no program to read it with."""


@dataclass(frozen=True)
class AccessLists(Fact):
    """The lists on password files, keys of the SSH server, sudoers, logs and homes; files without one are left out."""

    lists: tuple[AccessList, ...] = ()

    @staticmethod
    def of(path: str, *entries: tuple[str, str, str]) -> "AccessLists":
        """An example: one list."""
        return AccessLists((AccessList(path, entries),))


@collector(_LISTS)
def access_lists(text: str) -> AccessLists:
    """Blocks in the form of getfacl(1), or lines of ls(1)."""
    head, _, rest = text.partition("\n")
    if head == "looked with getfacl":
        return AccessLists(tuple(_of_getfacl(rest)))
    if head != "looked with ls":
        raise ValueError("nobody looked for access control lists")
    found = []
    for line in rest.splitlines():
        matched = _LINE.fullmatch(line)
        if matched is None:
            raise ValueError("not a line of ls")
        if matched["mark"] == "+":
            found.append(AccessList(matched["path"].partition(" -> ")[0], None))
    if not rest:
        raise ValueError("ls listed nothing")
    return AccessLists(tuple(found))


def _of_getfacl(text: str) -> Iterator[AccessList]:
    for block in text.strip().split("\n\n") if text.strip() else []:
        path, entries = "", []
        for line in block.splitlines():
            if line.startswith("# file: "):
                path = line.removeprefix("# file: ")
            elif not line.startswith("# "):
                entry = _ENTRY.fullmatch(line.rstrip())
                if entry is None:
                    raise ValueError("not an entry of an access control list")
                _, kind, name, permissions, effective = entry.groups()
                if name:
                    entries.append((kind, name, effective or permissions))
        if not path:
            raise ValueError("an access control list without its file")
        yield AccessList(path, tuple(dict.fromkeys(entries)))
