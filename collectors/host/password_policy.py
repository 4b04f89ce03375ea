"""How a new password is judged, remembered and stored: the ``password`` stack of every service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.login_defs import LOGIN_DEFS, key_value, login_defs_text
from collectors.host.pam import PAM_FILES, PAM_MODULES, Pam, Rule, Stack, resolve
from collectors.host.pam_walk import Answer, undecided_modules, walk, worlds
from collectors.host.password_quality import QUALITY_MODULES, Quality, quality
from collectors.sources import Command, Files, Mode

# In the order in which pam_unix compares them; a longer argument that begins like one counts as it.
_SCHEMES = ("md5", "bigcrypt", "sha256", "sha512", "blowfish", "des", "gost_yescrypt", "yescrypt")
_PWHISTORY_DEFAULT = 10
_MOST_REMEMBERED = 400
_PASSWDQC = "/etc/passwdqc.conf"
_PROMPTING = (*QUALITY_MODULES, "pam_pwhistory", "pam_unix")
# pam_pwhistory reads its file since 1.5.3, and before that where a distribution patched it in: its binary tells.
_PWHISTORY_CONF = Command(
    "sh -c '[ -f /etc/security/pwhistory.conf ] || exit 0;"
    " grep -qs pwhistory.conf /lib/*/security/pam_pwhistory.so /lib64/security/pam_pwhistory.so"
    " /lib/security/pam_pwhistory.so || exit 0; exec cat /etc/security/pwhistory.conf'",
    needs="grep",
    instrument=True,
    name="pwhistory.conf, where pam_pwhistory reads it",
    reads_only=True,
)


@dataclass(frozen=True)
class PasswordChange:
    """What stands between a new password and ``/etc/shadow`` in one service."""

    service: str = "passwd"
    quality: Quality | None = None
    """What the judging module asks, where there is one in the stack and on the disk."""
    decides: bool | None = True
    """Whether a password that the judging module refuses is not stored; None where it depends on other modules."""
    why_not: str = ""
    """Why it does not decide, or on which modules that depends."""
    minlen: int = 0
    """pam_unix's own minimum (``minlen=``), which binds everybody but root; 0 where there is none."""
    remembered: int = 0
    """Old passwords of a person that are refused."""
    scheme: str = "yescrypt"
    """How pam_unix will store it: ``yescrypt``, ``sha512``, ``blowfish``, ``md5``, ``des`` ..."""

    @property
    def shortest(self) -> int:
        """Characters of the shortest password that a person can choose, as far as it is sure."""
        asked = self.quality.shortest if self.quality and self.quality.enforcing and self.decides else 0
        return max(asked, self.minlen)


@dataclass(frozen=True)
class PasswordPolicy(Fact):
    """Every service through which a local password can be changed."""

    changes: tuple[PasswordChange, ...] = ()

    @staticmethod
    def of(*changes: PasswordChange) -> "PasswordPolicy":
        """An example."""
        return PasswordPolicy(changes)


@collector(
    PAM_FILES,
    PAM_MODULES,
    Files("/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d/*.conf", _PASSWDQC),
    _PWHISTORY_CONF,
    LOGIN_DEFS,
)
def password_policy(
    files: dict[str, str],
    modules: tuple[Mode, ...] | None,
    settings: dict[str, str] | None,
    pwhistory: str | None,
    login_defs: dict[str, str] | None,
) -> PasswordPolicy:
    """Ask every ``password`` stack what it does with a new password."""
    pam = resolve(files, modules)
    pwquality = {path: text for path, text in (settings or {}).items() if path != _PASSWDQC}
    ground = _Ground(
        pwquality=pwquality,
        passwdqc=(settings or {}).get(_PASSWDQC, ""),
        pwhistory=pwhistory or "",
        encrypt_method=(key_value(login_defs_text(login_defs), "ENCRYPT_METHOD") or "").lower(),
    )
    found = [change for service in pam.services("password") for change in _change(pam, service, ground)]
    return PasswordPolicy(tuple(found))


@dataclass(frozen=True)
class _Ground:
    """The configuration files beside the stacks."""

    pwquality: Mapping[str, str]
    passwdqc: str
    pwhistory: str
    encrypt_method: str


def _change(pam: Pam, service: str, ground: _Ground) -> list[PasswordChange]:
    """The service's change, or nothing where it never comes to pam_unix."""
    stack = pam.stack(service, "password")
    each = {
        _judged(service, stack, world, ground)
        for world in worlds(stack)
        if any(rule.module == "pam_unix" for rule in walk(stack, world).visited)
    }
    if not each:
        return []
    if len(each) == 1:
        return [each.pop()]
    return [_in_doubt(sorted(each, key=lambda one: (one.decides is True, one.shortest)), stack)]


def _in_doubt(each: list[PasswordChange], stack: Stack) -> PasswordChange:
    """Where it depends on other modules what happens: what is sure on every way."""
    first = each[0]
    same = all((one.quality, one.decides) == (first.quality, first.decides) for one in each)
    schemes = [one.scheme for one in each]
    return PasswordChange(
        service=first.service,
        quality=first.quality if same else next((one.quality for one in each if one.quality), None),
        decides=first.decides if same else None,
        why_not=first.why_not if same else f"it depends on {', '.join(undecided_modules(stack))}",
        minlen=min(one.minlen for one in each),
        remembered=min(one.remembered for one in each),
        scheme=min(schemes, key=lambda one: _SCHEMES.index(one) if one != "des" else -1),
    )


def _judged(service: str, stack: Stack, world: Answer, ground: _Ground) -> PasswordChange:
    """In one world: the modules on the way to pam_unix when nobody refuses, and what happens when one of them does."""
    way = walk(stack, world).visited
    end = next(index for index, rule in enumerate(way) if rule.module == "pam_unix")
    unix = way[end]
    scheme = _scheme(unix, ground.encrypt_method)
    remembered = _number(unix.option("remember") or "0")
    for rule in way[:end]:
        if rule.module == "pam_pwhistory" and not _asks_again(stack, world, rule):
            remembered = max(remembered, _history(rule, ground.pwhistory))
    changed = PasswordChange(
        service=service,
        decides=False,
        minlen=_minlen(unix, scheme),
        remembered=min(remembered, _MOST_REMEMBERED),
        scheme=scheme,
    )
    judging = [rule for rule in way[:end] if rule.module in QUALITY_MODULES]
    if not judging:
        late = any(rule.module in QUALITY_MODULES for rule in way[end:])
        why = "the judging module comes only after pam_unix" if late else "no module judges new passwords"
        return _with(changed, why_not=why)
    asked = quality(judging[-1], ground.pwquality, ground.passwdqc)
    again = _asks_again(stack, world, judging[-1])
    if again:
        why = f"{again} asks for the password again after {asked.module} refused one (it lacks use_authtok)"
        return _with(changed, quality=asked, why_not=why)
    return _with(changed, quality=asked, decides=True)


def _with(
    change: PasswordChange, *, why_not: str = "", quality: Quality | None = None, decides: bool = False
) -> PasswordChange:
    return PasswordChange(change.service, quality, decides, why_not, change.minlen, change.remembered, change.scheme)


def _asks_again(stack: Stack, world: Answer, refusing: Rule) -> str:
    """The module that prompts for another password after this rule refused one, and so brings it to pam_unix; or nothing.

    A module that refuses takes the password away. Where its control lets the stack go on all the same (``required`` does),
    a module with ``use_authtok`` or ``use_first_pass`` then fails for want of one, but one without prompts for another
    (``pam_get_authtok`` in libpam), and those after it take that.
    """
    after = stack[stack.index(refusing) + 1 :]
    asking = next((index for index, rule in enumerate(after) if rule.module in _PROMPTING and not _takes(rule)), None)
    wanting = {rule for rule in after[:asking] if rule.module in _PROMPTING}

    for refusal in ("authtok_err", "maxtries"):

        def answer(rule: Rule, refusal: str = refusal) -> str:
            if rule == refusing:
                return refusal
            return "authtok_err" if rule in wanting else world(rule)

        visited = walk(stack, answer).visited
        reached = visited[visited.index(refusing) + 1 :] if refusing in visited else ()
        again = [rule.module for rule in reached if rule.module in _PROMPTING and not _takes(rule)]
        if again and any(rule.module == "pam_unix" and rule not in wanting for rule in reached):
            return again[0]
    return ""


def _takes(rule: Rule) -> bool:
    return any(word.startswith(("use_authtok", "use_first_pass")) for word in rule.arguments)


def _history(rule: Rule, config: str) -> int:
    """pam_pwhistory(8): the argument over the file over ten."""
    from_file = key_value(config, "remember")
    return _number(rule.option("remember") or (from_file if from_file is not None else str(_PWHISTORY_DEFAULT)))


def _minlen(unix: Rule, scheme: str) -> int:
    least = _number(unix.option("minlen") or "0")
    return min(least, 8) if scheme == "des" else least


def _number(text: str) -> int:
    """As strtol and atoi read it: leading digits, otherwise 0; negative counts as 0."""
    found = re.match(r"\s*\+?(\d{1,9})", text)
    return int(found.group(1)) if found else 0


def _scheme(unix: Rule, encrypt_method: str) -> str:
    """The last option that names a scheme; else the *first* ENCRYPT_METHOD of login.defs, if pam_unix knows its name
    (it does not know ``BCRYPT``); else DES.
    """
    scheme = next((one for one in _SCHEMES if encrypt_method.startswith(one)), "des")
    for word in unix.arguments:
        scheme = next((one for one in _SCHEMES if word.startswith(one)), scheme)
    return scheme
