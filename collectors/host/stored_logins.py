"""Accounts of services whose stored hash fits a published password; compared on the target, which the hash never leaves.

The files of the table are looked for, and those that the configuration of Apache and nginx names for basic authentication
(``AuthUserFile``, ``auth_basic_user_file``); not those that only a ``.htaccess`` names. Only accounts that the table names
are compared. It is not off by default, unlike the comparison of the system's own accounts: most of these hashes cost less
than a millisecond, one that is dear is not begun, and all together end after one second.
"""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS, folders_on_the_way
from collectors.host.stored_defaults import stored_hashes
from collectors.host.stored_programs import PYTHON
from collectors.sources import Command

_WEB = """/etc/apache2/*.conf /etc/apache2/conf-enabled/* /etc/apache2/sites-enabled/* /etc/apache2/mods-enabled/*.conf
/etc/apache2/conf.d/* /etc/httpd/conf/*.conf /etc/httpd/conf.d/*.conf /etc/httpd/conf.modules.d/*.conf
/etc/nginx/nginx.conf /etc/nginx/conf.d/* /etc/nginx/sites-enabled/* /etc/nginx/snippets/* /etc/nginx/default.d/*
/etc/nginx/includes/*""".replace("\n", " ")


def _rows() -> str:
    return "\n".join(
        f"{one.id}\t{one.reader}\t{user}\t{secret}" for one in stored_hashes() for user, secret in one.pairs
    )


def _places() -> str:
    """``listed PATTERNS``, then the words of the files that are there, for each entry."""
    search, look = folders_on_the_way(pattern for one in stored_hashes() for pattern in one.files)
    lines = [f"searched {' '.join(search)}", f"listed {' '.join(look)}"]
    lines += [
        f'for place in {pattern}; do [ ! -f "$place" ] || set -- "$@" "{one.id}=$place"; done'
        for one in stored_hashes()
        for pattern in one.files
    ]
    return "\n".join(lines)


_SCRIPT = (
    FOLDERS
    + r"""
set --
"""
    + _places()
    + rf"""
searched /etc/grafana
[ -f /var/lib/grafana/grafana.db ] || [ ! -f /etc/grafana/grafana.ini ] || set -- "$@" grafana=/etc/grafana/grafana.ini
if [ -d /etc/apache2 ] || [ -d /etc/httpd ] || [ -d /etc/nginx ]; then
  listed /etc/apache2/sites-enabled /etc/apache2/conf-enabled /etc/apache2/mods-enabled /etc/httpd/conf.d /etc/nginx/conf.d \
    /etc/nginx/sites-enabled
  named=$(set -- "$@"; kept=; set --; for place in {_WEB}; do [ ! -f "$place" ] || set -- "$@" "$place"; done
    [ $# -eq 0 ] || awk '
      {{ line = $0; sub(/^[ \t]+/, "", line); low = tolower(line) }}
      low ~ /^authuserfile[ \t]/ {{ sub(/^[^ \t]+[ \t]+/, "", line); root = FILENAME ~ /httpd/ ? "/etc/httpd/" : "/etc/apache2/" }}
      low ~ /^auth_basic_user_file[ \t]/ {{ sub(/^[^ \t]+[ \t]+/, "", line); sub(/;.*/, "", line); root = "/etc/nginx/" }}
      low ~ /^(authuserfile|auth_basic_user_file)[ \t]/ {{
        sub(/[ \t\r]+$/, "", line); gsub(/^["\047]|["\047]$/, "", line); print (line ~ /^\// ? "" : root) line
      }}' "$@") || exit 1
  IFS="
"
  set -f
  for place in $named; do set -- "$@" "web-server=$place"; done
  set +f
  unset IFS
fi
[ $# -gt 0 ] || {{ echo end; exit 0; }}
unset PYTHONPATH PYTHONHOME LD_PRELOAD LD_LIBRARY_PATH
for python in python3 /usr/libexec/platform-python; do
  if "$python" -I -c "import ctypes, hashlib" >/dev/null 2>&1; then
    exec "$python" -I -c {shlex.quote(PYTHON)} {shlex.quote(_rows())} "$@"
  fi
done
for place; do printf "%s\t%s\t\tnot-compared:program\n" "${{place%%=*}}" "${{place#*=}}"; done
echo end
"""
)

_WHY_NOT = {
    "program": "there is no python3 on the target to compare with",
    "scheme": "its hash is of a form that is not known here",
    "dear": "its hash is made to cost more than a tenth of a second a try",
    "time": "comparing all did not end within a second",
    "form": "the file is not of the form that was expected",
    "denied": "permission denied",
    "variable": "its path holds a variable",
    "elsewhere": "its accounts are in another database",
    "busy": "its database could not be read while it is in use",
    "sqlite": "the target's python3 has no sqlite3",
}


@dataclass(frozen=True)
class StoredLogin(Fact):
    """What comparing one account of one file told; one without an account stands for a file that has none of the table."""

    path: str
    account: str = ""
    product: str = ""
    """Whose default is looked for."""
    default: bool = False
    """Whether the account's password is the published one."""
    not_compared: str = ""
    """Why it was not compared; empty where it was."""

    @property
    def subject(self) -> str:
        """The account and its file."""
        return f"{self.account} in {self.path}" if self.account else self.path


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="comparison with published logins", reads_only=True))
def stored_logins(compared: str) -> tuple[StoredLogin, ...]:
    """One for each account that the table names, in each file that is there."""
    *lines, last = compared.splitlines()
    if last != "end":
        raise ValueError("an answer without an end")
    return tuple(_one(*line.split("\t")) for line in lines)


def _one(kind: str, path: str, account: str, told: str) -> StoredLogin:
    product = next(one.product for one in stored_hashes() if one.id == kind)
    verdict, _, why = told.partition(":")
    if verdict == "not-compared":
        return StoredLogin(path, account, product, not_compared=_WHY_NOT[why])
    if told not in ("default", "none"):
        raise ValueError("not a line of the comparison")
    return StoredLogin(path, account, product, told == "default")
