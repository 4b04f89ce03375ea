"""The keys that open local accounts over SSH: whose, of what type, and their fingerprints."""

import shlex
from dataclasses import dataclass
from functools import cached_property

from collectors.collector import Fact, collector
from collectors.host.sshd import Sshd, sshd
from collectors.sources import Command

# Looks where sshd looks by default and wherever a line of its configuration tells it to; the parser then keeps what is in
# force. A fixed key goes last through ssh-keygen: without its fingerprint in the answer, ssh-keygen did not work.
_SCRIPT = r"""
set -f
newline="
"
last="AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
users=$(cat /etc/passwd) || exit 1
patterns=".ssh/authorized_keys .ssh/authorized_keys2"
set +f
lines=$(grep -ihE "^[[:space:]]*authorizedkeysfile[[:space:]=]" /etc/ssh/sshd_config /etc/ssh/sshd_config?* /etc/ssh/sshd_config.d/*.conf /usr/etc/ssh/sshd_config 2>/dev/null)
set -f
IFS=$newline
for line in $lines; do
  IFS=" 	="
  set -- $line
  shift
  for word; do
    word=${word#\"}; word=${word%\"}
    case " $patterns " in *" $word "*) ;; *) patterns="$patterns $word" ;; esac
  done
done
IFS=" "
for pattern in $patterns; do printf "looked %s\n" "$pattern"; done
expand() {
  place= left=$1
  while :; do
    case $left in
      *%*) place=$place${left%%\%*}; left=${left#*%} ;;
      *) place=$place$left; break ;;
    esac
    case $left in
      h*) place=$place$home ;;
      u*) place=$place$name ;;
      U*) place=$place$uid ;;
      %*) place=$place% ;;
      *) return 1 ;;
    esac
    left=${left#?}
  done
  case $place in /*) ;; *) place=$home/$place ;; esac
}
shut() {
  inside=${1%/*}
  above=${inside%/*}
  for folder in "$above" "$inside"; do
    if [ -d "$folder" ] && [ ! -x "$folder" ]; then return 0; fi
  done
  return 1
}
number=0 found=
IFS=$newline
for line in $users; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*) ;; *) continue ;; esac
  name=${line%%:*}; line=${line#*:*:}
  uid=${line%%:*}; line=${line#*:*:*:}
  home=${line%%:*}
  IFS=" "
  for pattern in $patterns; do
    expand "$pattern" || continue
    if shut "$place"; then echo "keys of $name: Permission denied" >&2; exit 1; fi
    [ -f "$place" ] || continue
    number=$((number + 1))
    if [ "$number" -gt 500 ]; then echo "more than 500 files of authorized keys" >&2; exit 1; fi
    text=$(head -c 65537 "$place") || exit 1
    if [ "${#text}" -gt 65536 ]; then echo "keys of $name: longer than 65536 bytes" >&2; exit 1; fi
    printf "file %s %s %s\n" "$number" "$pattern" "$name"
    IFS=$newline
    for entry in $text; do
      case $entry in "#"*) continue ;; esac
      IFS=" 	"
      set -- $entry
      IFS=$newline
      while [ "$#" -gt 1 ]; do
        case $1:$2 in
          ssh-*:AAAA*|ecdsa-*:AAAA*|sk-*:AAAA*) found="$found$1 $2 $number$newline"; break ;;
        esac
        shift
      done
    done
    IFS=" "
  done
  IFS=$newline
done
printf "%sssh-ed25519 %s end\n" "$found" "$last" | ssh-keygen -l -E sha256 -f -
"""
KEYS = Command(shlex.join(["sh", "-c", _SCRIPT]), name="authorized keys", needs="ssh-keygen", limit=1 << 20)
"""``looked PATTERN``, ``file NUMBER PATTERN ACCOUNT``, and ``BITS SHA256:... NUMBER (TYPE)``: ssh-keygen(1) with the file's
number in place of the comment."""

DEFAULT_PLACES = (".ssh/authorized_keys", ".ssh/authorized_keys2")


@dataclass(frozen=True)
class AuthorizedKey:
    """One public key in a file that sshd asks for an account."""

    account: str
    fingerprint: str
    """SHA-256, as ``ssh-keygen -l`` prints it."""
    kind: str = "ED25519"
    bits: int = 256


@dataclass(frozen=True)
class AuthorizedKeys(Fact):
    """All keys that open local accounts, where the SSH server takes public keys. Keys of a directory are not among them."""

    keys: tuple[AuthorizedKey, ...] = ()
    accepted: bool = True
    """Whether there is an OpenSSH server, and it lets anyone in by public key."""
    refuses_locked: bool = False
    """Whether sshd runs without PAM and so refuses accounts whose password field begins with ``!`` (sshd(8))."""
    asks_command: bool = False
    """Whether an ``AuthorizedKeysCommand`` may know more keys than the files hold."""
    trusts_authority: bool = False
    """Whether sshd also takes keys that an authority of ``TrustedUserCAKeys`` has certified, wherever they are."""

    @property
    def unseen(self) -> str:
        """What may open accounts beside the keys of the files, for people; empty where there is no such thing."""
        if not self.accepted or not (self.asks_command or self.trusts_authority):
            return ""
        if self.asks_command:
            return "sshd also asks an AuthorizedKeysCommand for keys"
        return "sshd also takes keys that an authority has certified (TrustedUserCAKeys)"

    def of(self, account: str) -> tuple[AuthorizedKey, ...]:
        """The keys of one account; none where sshd takes no public keys."""
        return self._by_account.get(account, ()) if self.accepted else ()

    @cached_property
    def _by_account(self) -> dict[str, tuple[AuthorizedKey, ...]]:
        found: dict[str, tuple[AuthorizedKey, ...]] = {}
        for key in self.keys:
            found[key.account] = (*found.get(key.account, ()), key)
        return found


@collector(KEYS, *sshd.sources)
def authorized_keys(keys: str | None, effective: str | None, files: dict[str, str] | None) -> AuthorizedKeys:
    """Without an OpenSSH server, keys open nothing. A place in force where nobody looked is not understood."""
    if effective is None:
        return AuthorizedKeys(accepted=False)
    if keys is None:
        raise ValueError("there is sshd, but no ssh-keygen to look at its keys with")
    server: Sshd = sshd.parse(effective, files)
    places = _places(server)
    looked = {line.removeprefix("looked ") for line in keys.splitlines() if line.startswith("looked ")}
    if not places <= looked:
        raise ValueError("sshd takes keys from a place that was not looked at")
    return AuthorizedKeys(
        _keys(keys, places),
        accepted=any(value == "yes" for _, value in server.values("pubkeyauthentication")),
        refuses_locked=server.value("usepam") != "yes",
        trusts_authority=any(value not in {"", "none"} for _, value in server.values("trustedusercakeys")),
        asks_command=any(value not in {"", "none"} for _, value in server.values("authorizedkeyscommand")),
    )


def _places(server: Sshd) -> set[str]:
    """Every pattern of ``AuthorizedKeysFile`` that is in force for someone."""
    written = [value for name, value in server.settings if name == "authorizedkeysfile"] or list(DEFAULT_PLACES)
    written += [value for _, name, value in server.match_settings if name == "authorizedkeysfile"]
    words = (word.strip('"') for value in written for word in value.split())
    return {word for word in words if word.lower() != "none"}


def _keys(text: str, places: set[str]) -> tuple[AuthorizedKey, ...]:
    owners: dict[str, str] = {}
    found = []
    whole = False
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "looked":
            continue
        if word == "file":
            number, place, account = rest.split(" ", 2)
            owners[number] = account if place in places else ""
            continue
        fingerprint, number, kind = rest.split(" ")
        if number == "end":
            whole = True
        elif owners[number]:
            found.append(AuthorizedKey(owners[number], fingerprint, kind.strip("()"), int(word)))
    if not whole:
        raise ValueError("ssh-keygen did not read to the end")
    return tuple(dict.fromkeys(found))
