"""How a new password is judged, remembered and stored: the ``password`` stack of every service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.login_defs import LOGIN_DEFS, key_value
from collectors.host.pam import PAM_FILES, PAM_MODULES, Pam, Rule, Stack, resolve
from collectors.host.pam_walk import undecided_modules, walk, worlds
from collectors.host.password_quality import QUALITY_MODULES, Quality, quality
from collectors.sources import Command, Files, Mode

# In the order in which pam_unix compares them; a longer argument that begins like one counts as it.
_SCHEMES = ("md5", "bigcrypt", "sha256", "sha512", "blowfish", "des", "gost_yescrypt", "yescrypt")
_PWHISTORY_DEFAULT = 10
_MOST_REMEMBERED = 400
_PASSWDQC = "/etc/passwdqc.conf"
# pam_pwhistory reads its file since 1.5.3, and before that where a distribution patched it in: its binary tells.
_PWHISTORY_CONF = Command(
    "sh -c '[ -f /etc/security/pwhistory.conf ] || exit 0;"
    " grep -qs pwhistory.conf /lib/*/security/pam_pwhistory.so /lib64/security/pam_pwhistory.so"
    " /lib/security/pam_pwhistory.so || exit 0; exec cat /etc/security/pwhistory.conf'",
    needs="cat",
    name="pwhistory.conf, where pam_pwhistory reads it",
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
    login_defs: str | None,
) -> PasswordPolicy:
    """Ask every ``password`` stack what it does with a new password."""
    pam = resolve(files, modules)
    pwquality = {path: text for path, text in (settings or {}).items() if path != _PASSWDQC}
    ground = _Ground(pwquality, (settings or {}).get(_PASSWDQC, ""), pwhistory or "", login_defs or "")
    found = [change for service in pam.services("password") for change in _change(pam, service, ground)]
    return PasswordPolicy(tuple(found))


@dataclass(frozen=True)
class _Ground:
    """The configuration files beside the stacks."""

    pwquality: Mapping[str, str]
    passwdqc: str
    pwhistory: str
    login_defs: str


def _change(pam: Pam, service: str, ground: _Ground) -> list[PasswordChange]:
    """The service's change, or nothing where it never comes to pam_unix."""
    stack = pam.stack(service, "password")
    # The first of the two passes settles which modules are asked in the second (the chain is frozen), and in the first
    # the judging modules do not judge yet: so the way is that on which all of them agree.
    ways = [walk(stack, answer).visited for answer in worlds(stack)]
    storing = [way for way in ways if any(rule.module == "pam_unix" for rule in way)]
    if not storing:
        return []
    each = {_judged(service, way, ground) for way in storing}
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


def _judged(service: str, way: Stack, ground: _Ground) -> PasswordChange:
    end = next(index for index, rule in enumerate(way) if rule.module == "pam_unix")
    unix = way[end]
    scheme = _scheme(unix, ground.login_defs)
    judging = [index for index in range(end) if way[index].module in QUALITY_MODULES]
    remembered = _number(unix.option("remember") or "0")
    for index in range(end):
        if way[index].module == "pam_pwhistory" and not _asks_again(way[index + 1 : end + 1]):
            remembered = max(remembered, _history(way[index], ground.pwhistory))
    changed = PasswordChange(
        service=service,
        decides=False,
        minlen=_minlen(unix, scheme),
        remembered=min(remembered, _MOST_REMEMBERED),
        scheme=scheme,
    )
    if not judging:
        late = any(rule.module in QUALITY_MODULES for rule in way[end:])
        why = "the judging module comes only after pam_unix" if late else "no module judges new passwords"
        return _with(changed, why_not=why)
    index = judging[-1]
    asked = quality(way[index], ground.pwquality, ground.passwdqc)
    again = _asks_again(way[index + 1 : end + 1])
    if again:
        why = f"{again} asks for the password again after {asked.module} refused one (it lacks use_authtok)"
        return _with(changed, quality=asked, why_not=why)
    return _with(changed, quality=asked, decides=True)


def _with(
    change: PasswordChange, *, why_not: str = "", quality: Quality | None = None, decides: bool = False
) -> PasswordChange:
    return PasswordChange(change.service, quality, decides, why_not, change.minlen, change.remembered, change.scheme)


def _asks_again(after: Stack) -> str:
    """The first module after a refusal that would prompt for another password instead of taking the one before.

    A module that refuses takes the password away; in the second pass the stack goes on all the same, and one without
    ``use_authtok`` or ``use_first_pass`` prompts (``pam_get_authtok`` in libpam).
    """
    for rule in after:
        takes = any(word.startswith(("use_authtok", "use_first_pass")) for word in rule.arguments)
        if rule.module in (*QUALITY_MODULES, "pam_pwhistory", "pam_unix") and not takes:
            return rule.module
    return ""


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


def _scheme(unix: Rule, login_defs: str) -> str:
    """The last option that names a scheme; else the *first* ENCRYPT_METHOD of login.defs, if pam_unix knows its name
    (it does not know ``BCRYPT``); else DES.
    """
    scheme = next(
        (one for one in _SCHEMES if (key_value(login_defs, "ENCRYPT_METHOD") or "").lower().startswith(one)), "des"
    )
    for word in unix.arguments:
        scheme = next((one for one in _SCHEMES if word.startswith(one)), scheme)
    return scheme
