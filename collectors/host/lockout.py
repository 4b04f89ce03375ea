"""Whether an account is shut after failed attempts: pam_faillock and pam_tally2 in the ``auth`` stack of every service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from collectors.collector import Fact, collector
from collectors.host.pam import PAM_FILES, PAM_MODULES, Pam, Rule, Stack, resolve
from collectors.host.pam_walk import Answer, Walk, undecided_modules, walk, worlds
from collectors.sources import Files, Mode

LOCK_MODULES = ("pam_faillock", "pam_tally2", "pam_tally")
_CONF = "/etc/security/faillock.conf"
_LONGEST = 604800
"""Seconds; pam_faillock ignores more (MAX_TIME_INTERVAL)."""
# Services that ask pam_unix but open no access: scheduled jobs, and changes of one's own entry.
_NO_ACCESS = frozenset({"cron", "crond", "atd", "chfn", "chsh", "chpasswd", "newusers", "passwd", "systemd-user"})


@dataclass(frozen=True)
class PasswordLogin:
    """What happens to failed attempts in one service that takes the local password."""

    service: str = "sshd"
    module: str = ""
    """``pam_faillock``, ``pam_tally2`` or ``pam_tally``; empty where none is in the stack and on the disk."""
    blocks: bool | None = False
    """Whether a shut account is refused even with the right password; None where it depends on other modules."""
    counts: bool | None = False
    """Whether a wrong password is counted; None where it depends on other modules."""
    resets: bool = False
    """Whether a right password sets the count back."""
    depends_on: tuple[str, ...] = ()
    """The modules that it depends on."""
    deny: int = 0
    """Failed attempts that shut the account; 0 never shuts it."""
    interval: int = 0
    """Seconds within which they must come; 0 is without limit."""
    unlock: int = 0
    """Seconds until it opens again; 0 is only by an administrator."""
    binds_root: bool = False
    """Whether root is shut out too."""
    nullok: bool = False
    """Whether pam_unix lets in an account whose password is empty."""

    @property
    def shuts(self) -> bool:
        """Whether some number of failed attempts surely shuts an account."""
        return bool(self.blocks and self.counts and self.deny)


@dataclass(frozen=True)
class Lockout(Fact):
    """Every service that takes a local password and opens access."""

    logins: tuple[PasswordLogin, ...] = ()

    @staticmethod
    def of(*logins: PasswordLogin) -> "Lockout":
        """An example."""
        return Lockout(logins)


@dataclass(frozen=True)
class _Settings:
    """pam_faillock's options; the defaults are those of faillock.conf(5)."""

    deny: int = 3
    interval: int = 900
    unlock: int = 600
    even_deny_root: bool = False
    dir: str = "/var/run/faillock"
    action: str = "preauth"


@collector(PAM_FILES, PAM_MODULES, Files(_CONF, "/usr/etc/security/faillock.conf"))
def lockout(files: dict[str, str], modules: tuple[Mode, ...] | None, confs: dict[str, str] | None) -> Lockout:
    """Ask every ``auth`` stack that comes to pam_unix what it does with wrong passwords. The vendor's faillock.conf counts
    where the administrator has none.
    """
    pam = resolve(files, modules)
    faillock = next(iter((confs or {}).values()), None)
    found = [
        login
        for service in pam.services("auth")
        if service not in _NO_ACCESS
        for login in _login(pam, service, faillock or "")
    ]
    return Lockout(tuple(found))


def _login(pam: Pam, service: str, config: str) -> list[PasswordLogin]:
    """The service's login, or nothing where no way through its stack lets in with pam_unix's yes."""
    stack = pam.stack(service, "auth")
    settings = {rule: _settings(rule, config) for rule in stack if rule.module in LOCK_MODULES and rule.installed}
    asking = [answer for answer in worlds(stack) if _lets_in_by_password(walk(stack, _with_answers(answer, "success")))]
    if not asking:
        return []
    nullok = any(
        word.startswith("nullok")
        for answer in asking
        for rule in _unix(walk(stack, _with_answers(answer, "success")).visited)
        for word in rule.arguments
    )
    login = PasswordLogin(service=service, nullok=nullok)
    if not settings:
        return [login]
    shutting = {
        rule: [not walk(stack, _with_answers(answer, "success", shut=rule)).granted for answer in asking]
        for rule in settings
    }
    sure = [rule for rule in settings if all(shutting[rule]) and settings[rule].deny]
    chosen = min(sure, key=lambda rule: settings[rule].deny) if sure else next(iter(settings))
    own = settings[chosen]
    counted = [_counted(stack, answer, settings, own) for answer in asking]
    blocks, counts = _agreed(shutting[chosen]), _agreed(counted)
    return [
        replace(
            login,
            module=chosen.module,
            blocks=blocks,
            counts=counts,
            resets=_resets(pam, service, stack, asking),
            depends_on=undecided_modules(stack) if blocks is None or counts is None else (),
            deny=own.deny,
            interval=own.interval,
            unlock=own.unlock,
            binds_root=own.even_deny_root,
        )
    ]


def _unix(visited: Stack) -> list[Rule]:
    return [rule for rule in visited if rule.module == "pam_unix"]


def _lets_in_by_password(way: Walk) -> bool:
    return way.granted and bool(_unix(way.visited))


def _agreed(answers: list[bool]) -> bool | None:
    return answers[0] if len(set(answers)) == 1 else None


def _with_answers(world: Answer, unix: str, shut: Rule | None = None) -> Answer:
    """A world in which pam_unix says ``unix``; ``shut`` is the line that finds the account shut, None if it is open."""

    def answer(rule: Rule) -> str:
        if rule.module == "pam_unix":
            return unix
        if rule.module in LOCK_MODULES:
            if rule == shut and "authfail" not in rule.arguments:
                return "auth_err"
            return "ignore" if "authfail" in rule.arguments else "success"
        return world(rule)

    return answer


def _counted(stack: Stack, world: Answer, settings: Mapping[Rule, _Settings], own: _Settings) -> bool:
    """Whether wrong passwords are counted where the refusing line looks, and up to its threshold: a line with ``authfail``
    counts no more once its own ``deny`` is reached.
    """
    visited = walk(stack, _with_answers(world, "auth_err")).visited
    counting = [
        settings[rule]
        for rule in visited
        if rule in settings and (rule.module != "pam_faillock" or settings[rule].action == "authfail")
    ]
    return any(one.dir == own.dir and (one.deny == 0 or one.deny >= own.deny) for one in counting)


def _resets(pam: Pam, service: str, stack: Stack, asking: list[Answer]) -> bool:
    """A right password sets the count back in the account stack, or by a line with ``authsucc``."""
    account = pam.stack(service, "account")
    after = all(
        any(rule.module in LOCK_MODULES for rule in walk(account, answer).visited) for answer in worlds(account)
    )
    within = all(
        any("authsucc" in rule.arguments for rule in walk(stack, _with_answers(answer, "success")).visited)
        for answer in asking
    )
    return after or within


def _settings(rule: Rule, config: str) -> _Settings:
    """The options of one line: for pam_faillock its arguments over the file, for the older modules their arguments."""
    if rule.module != "pam_faillock":
        return _tally(rule)
    if (rule.option("conf") or _CONF) != _CONF:
        raise ValueError("pam_faillock reads a file of its own")
    settings = _Settings()
    for line in config.splitlines():
        found = re.fullmatch(r"([^\s=]+)(?:\s*=\s*|\s+|)(.*)", line.partition("#")[0].strip())
        if found:
            settings = _set(settings, found.group(1), found.group(2))
    for argument in rule.arguments:
        if argument in ("preauth", "authfail", "authsucc"):
            settings = replace(settings, action=argument)
        else:
            name, _, value = argument.partition("=")
            settings = _set(settings, name, value)
    return settings


def _set(settings: _Settings, name: str, value: str) -> _Settings:
    """One option; a bad number leaves what was there (``set_conf_opt`` in pam_faillock.c).

    ``root_unlock_time`` alone does not bind root, whatever the manual says of it.
    """
    seconds = 0 if value == "never" else _number(value)
    usable = seconds is not None and seconds <= _LONGEST
    match name:
        case "deny":
            count = _number(value)
            return settings if count is None else replace(settings, deny=count % 65536)
        case "fail_interval" if usable and value != "never":
            return replace(settings, interval=seconds or 0)
        case "unlock_time" if usable:
            return replace(settings, unlock=seconds or 0)
        case "even_deny_root":
            return replace(settings, even_deny_root=True)
        case "dir" if value.startswith("/"):
            return replace(settings, dir=value)
        case _:
            return settings


def _number(text: str) -> int | None:
    """As ``sscanf`` reads an unsigned number: leading digits."""
    found = re.match(r"\s*\+?(\d{1,10})", text)
    return int(found.group(1)) if found else None


def _tally(rule: Rule) -> _Settings:
    """pam_tally2(8): it never forgets, denies only with ``deny=``, and root_unlock_time binds root here."""
    return _Settings(
        deny=_number(rule.option("deny") or "") or 0,
        interval=0,
        unlock=_number(rule.option("unlock_time") or "") or 0,
        even_deny_root="even_deny_root" in rule.arguments or rule.option("root_unlock_time") is not None,
        dir=rule.option("file") or "",
    )
