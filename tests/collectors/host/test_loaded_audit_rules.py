"""The language of ``auditctl -l`` (auditd 3.0.9 on Debian 12, as the virtual machine of the tests showed it) beside that of files."""

import pytest

from collectors.host.audit import AuditRule, rule_of
from collectors.host.loaded_audit_rules import LoadedAuditRules, loaded_audit_rules
from collectors.readings import Text, Unread


def loaded(*lines: str) -> LoadedAuditRules:
    made = loaded_audit_rules.parse("".join(f"{line}\n" for line in ("enabled 1", *lines)))
    assert isinstance(made, LoadedAuditRules)
    return made


def rule(line: str) -> AuditRule:
    return rule_of(line.split())


@pytest.mark.parametrize(
    ("stored", "listed"),
    [
        ("-w /etc/passwd -p wa -k identity", "-w /etc/passwd -p wa -k identity"),
        ("-w /etc/passwd -p wa -k mine", "-w /etc/passwd -p wa -k identity"),
        ("-w /etc/sudoers.d/ -p wa -k actions", "-w /etc/sudoers.d -p wa -k actions"),
        ("-a always,exit -F dir=/etc/selinux/ -F perm=wa -F key=MAC", "-w /etc/selinux/ -p wa -k MAC"),
        ("-a always,exit -F perm=x -F path=/usr/bin/dnf-3 -F key=installer", " -p x-w /usr/bin/dnf-3 -k installer"),
        (
            "-a always,exit -F arch=b64 -S openat,openat2,open_by_handle_at -F exit=-EPERM -F auid>=1000 -F auid!=unset -F key=access",
            "-a always,exit -F arch=b64 -S openat,open_by_handle_at,openat2 -F exit=-EPERM -F auid>=1000 -F auid!=-1 -F key=access",
        ),
        (
            "-a always,exit -F dir=/home -F uid=0 -F auid>=1000 -F auid!=unset -C auid!=obj_uid -F key=power-abuse",
            "-a always,exit -S all -F dir=/home -F uid=0 -F auid>=1000 -F auid!=-1 -C auid!=obj_uid -F key=power-abuse",
        ),
        ("-a exit,always -F arch=x86_64 -S execve -C euid!=uid -F euid=root", "-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0"),
        ("-a always,exit -F arch=b64 -S ptrace -F a0=4 -k x", "-a always,exit -F arch=b64 -S ptrace -F a0=0x4 -F key=x"),
        ("-a always,exit -F arch=b64 -S openat -F a2&0100", "-a always,exit -F arch=b64 -S openat -F a2&0x40"),
        ("-a always,exit -F arch=b64 -S 59 -F exit=-13", "-a always,exit -F arch=b64 -S execve -F exit=-EACCES"),
        ("-a always,exit -F arch=b32 -S clone -F a0&0x7C020000", "-a always,exit -F arch=b32 -S clone -F a0&0x7C020000"),
    ],
)  # fmt: skip
def test_one_rule_in_two_languages(stored: str, listed: str) -> None:
    assert loaded(listed).has(rule(stored))


@pytest.mark.parametrize(
    ("stored", "listed"),
    [
        ("-a always,exit -F arch=b64 -S openat -F a2&0100", "-a always,exit -F arch=b64 -S openat -F a2&0x64"),
        ("-w /etc/passwd -p wa", "-w /etc/passwd -p r"),
        ("-w /etc/passwd -p wa", "-w /etc/passwd- -p wa"),
        ("-a always,exit -F arch=b64 -S execve", "-a always,exit -F arch=b32 -S execve"),
        ("-a always,exit -F arch=b64 -S execve", "-a never,exit -F arch=b64 -S execve"),
        ("-a always,exit -F arch=b64 -S execve", "-a always,exit -F arch=b64 -S execve -F uid=33"),
        ("-a always,exit -F arch=b64 -S execve -F uid=0", "-a always,exit -F arch=b64 -S execve -F uid=33"),
        ("-a always,exit -F arch=b64 -S execve,execveat", "-a always,exit -F arch=b64 -S execve"),
        ("-a always,exit -F arch=b64 -S open -F exit=-EPERM", "-a always,exit -F arch=b64 -S open -F exit=-EACCES"),
        ("-a always,exit -F arch=b64 -S open -F auid>=1000", "-a always,exit -F arch=b64 -S open -F auid<=1000"),
    ],
)  # fmt: skip
def test_two_rules_are_not_one(stored: str, listed: str) -> None:
    assert not loaded(listed).has(rule(stored))


def test_no_rules_and_places_that_are_gone() -> None:
    made = loaded("No rules", "gone /etc/NetworkManager/")
    assert made == LoadedAuditRules((), True, frozenset({"/etc/NetworkManager"}))
    off = loaded_audit_rules.parse("enabled 0\nNo rules\n")
    assert isinstance(off, LoadedAuditRules)
    assert not off.enabled


@pytest.mark.parametrize(
    "text", ["", "enabled 1", "enabled\nNo rules\n", "failure 1\nNo rules\n", "enabled 1\nYou must be root\n", "enabled 7\nNo rules"]
)  # fmt: skip
def test_what_is_no_list_of_rules_is_not_understood(text: str) -> None:
    assert isinstance(loaded_audit_rules.outcome({loaded_audit_rules.sources[0].key: Text(text)}), Unread)
