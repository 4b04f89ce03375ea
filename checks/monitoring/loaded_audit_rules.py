"""17.04(4) at the kernel: what the audit rules say is recorded now."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.audit import AuditRule, AuditRules
from collectors.host.loaded_audit_rules import LoadedAuditRules

_PASSWD = AuditRule(path="/etc/passwd", below=True, permissions="wa")
_SUDO = AuditRule(syscalls=("execve",), conditions=("arch=b64", "uid!=euid", "euid=0"))
_SILENCE = AuditRule("never")
_SHOWN = 5


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        (AuditRules((_PASSWD, _SUDO)), LoadedAuditRules((_PASSWD, _SUDO))),
        (AuditRules((_PASSWD,)), LoadedAuditRules((_PASSWD, _SUDO))),
        (AuditRules((_PASSWD, _SUDO)), LoadedAuditRules((_SUDO,), gone=frozenset({"/etc/passwd"}))),
    ],
    fails=[
        (AuditRules((_PASSWD, _SUDO)), LoadedAuditRules((_PASSWD,))),
        (AuditRules((_PASSWD,)), LoadedAuditRules()),
        (AuditRules((_PASSWD,)), LoadedAuditRules((_PASSWD,), enabled=False)),
        (AuditRules((_PASSWD,)), LoadedAuditRules((_SILENCE, _PASSWD))),
    ],
    not_applicable=[(AuditRules(), LoadedAuditRules((_PASSWD,)))],
)
def audit_rules_of_the_files_are_in_force(stored: AuditRules, loaded: LoadedAuditRules) -> Verdict:
    """The kernel records now what the files of audit rules say, and nothing silences them.

    Why: loading ends at the first rule that the kernel refuses, so that one mistyped line can leave the rest of the monitoring
        undone while the files look complete; and whoever is root can unload rules.
    Fix: run `augenrules --load`, mend or remove the lines that it complains of (`-i` in a file lets it go on behind them), and
        compare with `auditctl -l`.
    """
    if not stored.rules or not stored.enabled:
        return not_applicable("the files have no rules to load; other checks judge that")
    if not loaded.enabled:
        return failed("auditing is switched off in the kernel", enabled=0)
    missing = [
        one for one in stored.rules if one.action != "never" and one.path not in loaded.gone and not loaded.has(one)
    ]
    if missing:
        return failed(
            "the kernel does not have every rule of the files",
            missing=len(missing),
            of=len(stored.rules),
            first=[_told(one) for one in missing[:_SHOWN]],
        )
    silent = [one for one in loaded.rules if one.action == "never" and not LoadedAuditRules(stored.rules).has(one)]
    if silent:
        return failed(
            "a rule that no file has keeps something from being recorded", first=[_told(one) for one in silent]
        )
    return passed(rules=len(loaded.rules))


def _told(rule: AuditRule) -> str:
    what = rule.path or ",".join(rule.syscalls) or "all"
    return f"{rule.action} {what}" + "".join(f" {condition}" for condition in rule.conditions)
