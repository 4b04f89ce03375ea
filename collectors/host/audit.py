"""The Linux audit daemon: its settings, and the rules that a boot loads."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import KIB, File, Files, Mode, Stat

_DEFAULTS = {
    "local_events": "yes",
    "write_logs": "yes",
    "max_log_file_action": "ignore",
    "space_left_action": "ignore",
    "admin_space_left_action": "ignore",
    "disk_full_action": "ignore",
    "disk_error_action": "syslog",
}
"""What auditd takes where auditd.conf says nothing."""


@dataclass(frozen=True)
class Auditd(Fact):
    """Settings of auditd.conf."""

    settings: Mapping[str, str] = field(default_factory=dict)
    """Keyword to value, both in lower case."""

    def value(self, keyword: str) -> str:
        """The value in force: the first word of it, in lower case."""
        words = self.settings.get(keyword, "").split()
        return words[0] if words else _DEFAULTS.get(keyword, "")


@collector(File("/etc/audit/auditd.conf"))
def auditd(text: str) -> Auditd:
    """``keyword = value``, one a line (auditd.conf(5)). A line that auditd refuses keeps it from starting."""
    settings = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            keyword, separator, value = line.partition("=")
            if not separator or not keyword.strip():
                raise ValueError("a line that auditd does not know")
            settings[keyword.strip().lower()] = value.strip().lower()
    return Auditd(settings)


@dataclass(frozen=True)
class AuditRule:
    """One rule: a file watch, or a rule of a kernel list."""

    action: str = "always"
    """``always`` or ``never``."""
    place: str = "exit"
    """The kernel's list: ``exit``, ``task``, ``user``, ``exclude``, ``filesystem``, ``io_uring``."""
    path: str = ""
    below: bool = False
    """Whether a directory's contents are meant too."""
    permissions: str = "rwxa"
    syscalls: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    """``-F`` and ``-C`` expressions other than path, dir, perm and key."""

    def covers(self, path: str, permission: str) -> bool:
        """Whether an access of this kind to the path meets the rule, for every person who is logged in."""
        if self.place != "exit" or not all(_ORDINARY.match(one) for one in self.conditions):
            return False
        if not self.path:
            return self.every_call
        within = self.below and path.startswith(self.path.rstrip("/") + "/")
        return permission in self.permissions and (path == self.path or within)

    @property
    def every_call(self) -> bool:
        """Whether it is about all system calls, which is so too where none is named."""
        return not self.syscalls or "all" in self.syscalls


# Conditions that leave no logged-in person out.
_ORDINARY = re.compile(r"arch(=b64|=x86_64|=aarch64)$|auid(>=\d+|!=(unset|-1|4294967295))$|success!=|key=")
_PRIVILEGED = re.compile(r"euid=0$|(uid|auid|obj_uid)!=euid$|euid!=(uid|auid)$|e?gid!=e?gid$")


@dataclass(frozen=True)
class AuditRules(Fact):
    """The rules that a boot loads into the kernel, in their order."""

    rules: tuple[AuditRule, ...] = ()
    enabled: bool = True
    """False where the rules themselves turn auditing off (``-e 0``, or ``-a never,task``, which leaves nothing to match)."""

    def watches(self, path: str, permission: str = "w") -> bool:
        """Whether such an access to the path is recorded: the first rule that it meets decides."""
        if not self.enabled:
            return False
        return next((one.action == "always" for one in self.rules if one.covers(path, permission)), False)

    def records_privilege_use(self) -> bool:
        """Whether it is recorded that someone acts with the rights of root: programs that are run with them, or sudo."""
        if not self.enabled:
            return False
        for rule in self.rules:
            about_programs = rule.place == "exit" and not rule.path and (rule.every_call or "execve" in rule.syscalls)
            if about_programs and rule.action == "never" and not rule.conditions:
                return False
            special = [one for one in rule.conditions if not _ORDINARY.match(one)]
            if about_programs and rule.action == "always" and all(_PRIVILEGED.match(one) for one in special):
                return True
        return self.watches("/usr/bin/sudo", "x") or self.watches("/var/log/sudo.log")


_RULES = ("/etc/audit/audit.rules", "/etc/audit/rules.d/*.rules")


@collector(Files(*_RULES, limit=256 * KIB), Stat("/etc/audit/auditd.conf", *_RULES))
def audit_rules(files: dict[str, str] | None, _installed: tuple[Mode, ...]) -> AuditRules:
    """Files of rules.d, merged as augenrules(8) does it, are what a boot loads; audit.rules where there are none. An audit
    daemon without any of them records nothing.
    """
    if files is None:
        return AuditRules()
    parts = [path for path in files if path.startswith("/etc/audit/rules.d/")]
    if parts:
        lines = _merged([line for path in sorted(parts, key=_version_order) for line in _lines(files[path])])
    else:
        lines = _lines(files["/etc/audit/audit.rules"])
    rules: list[AuditRule] = []
    state = "1"
    for words in (line.split() for line in lines):
        if words[0] == "-e":
            state = words[1]
        elif words[0] not in _OTHER:
            rules = _after(rules, words)
        if state == "2":
            break
    silenced = any(one.place == "task" and one.action == "never" and not one.conditions for one in rules)
    return AuditRules(tuple(rules), enabled=state != "0" and not silenced)


_OTHER = frozenset({"-b", "-f", "-r", "-i", "-c", "-q", "--backlog_wait_time", "--loginuid-immutable", "--reset-lost"})
"""Options that change no rule."""


def _after(rules: list[AuditRule], words: list[str]) -> list[AuditRule]:
    """The rules after one more line of auditctl's language."""
    match words[0]:
        case "-D":
            return []
        case "-w":
            return [*rules, _watch(words)]
        case "-W":
            return [rule for rule in rules if rule.path != canonical(words[1])]
        case "-a":
            return [*rules, _rule(words)]
        case "-A":
            return [_rule(words), *rules]
        case "-d":
            gone = _rule(words)
            return [rule for rule in rules if rule != gone]
    raise ValueError("a line that auditctl does not know")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _merged(lines: Iterable[str]) -> list[str]:
    """As augenrules does: it puts ``-D`` first and ``-e`` last, wherever they stood: a ``-D`` in a later file deletes nothing."""
    kept = [line for line in lines if line.split()[0] not in {"-D", "-e"}]
    last = [line for line in lines if line.split()[0] == "-e"]
    return [*kept, *last[-1:]]


def _version_order(path: str) -> list[tuple[int, int, str]]:
    """The order of ``ls -v``: numbers inside of names by their value."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", path.rsplit("/", 1)[-1])
        if part
    ]


def canonical(path: str) -> str:
    """/var/run is a link to /run on every system of today."""
    return re.sub(r"^/var/run/", "/run/", path.rstrip("/") or "/")


def rule_of(words: list[str]) -> AuditRule:
    """The rule of a line that adds one at the end."""
    if words[0] not in {"-w", "-a"}:
        raise ValueError("not a rule")
    return _watch(words) if words[0] == "-w" else _rule(words)


def _watch(words: list[str]) -> AuditRule:
    options = dict(zip(words[0::2], words[1::2], strict=True))
    return AuditRule(path=canonical(options["-w"]), below=True, permissions=options.get("-p", "rwxa"))


def _rule(words: list[str]) -> AuditRule:
    both = words[1].split(",")
    action = next(word for word in both if word in {"always", "never", "possible"})
    place = next(word for word in both if word != action)
    path, below, permissions = "", False, "rwxa"
    syscalls: list[str] = []
    conditions = []
    pairs = list(zip(words[2::2], words[3::2], strict=True))
    for option, value in pairs:
        name, _, rest = value.partition("=")
        if option == "-S":
            syscalls += value.split(",")
        elif option == "-F" and name in {"path", "dir"}:
            path, below = canonical(rest), name == "dir"
        elif option == "-F" and name == "perm":
            permissions = rest
        elif option in {"-F", "-C"} and name != "key":
            conditions.append(value)
        elif option not in {"-k", "-F"}:
            raise ValueError("an option that auditctl does not know")
    return AuditRule(action, place, path, below, permissions, tuple(syscalls), tuple(conditions))
