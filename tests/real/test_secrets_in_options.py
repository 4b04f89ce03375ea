"""Passwords that modules of PAM or rules of sudo are given as options stay on the target."""

import pytest

from agent.gather import snapshot, sources_for
from collectors.collector import Platform
from collectors.snapshot import dump
from collectors.sources import Files
from collectors.transports.local import Chroot
from tests.hosts import Tree, catalogue

pytestmark = pytest.mark.real

CHECKS = ("new-files-are-closed-to-others", "pam-refuses-empty-passwords", "sudo-asks-for-a-password")
OPTIONS = (
    "passwd=canary-1 rootbindpw=canary-2",
    "[query=select password=canary-3 from x]",
    "Secret=canary-4 api_key=canary-5 bindpw=canary-6\ttoken=canary-7",
)


def said(tree: Tree) -> str:
    chosen = [one for one in catalogue().checks if one.id in CHECKS]
    asked = sources_for(catalogue(), chosen, Platform.LINUX)
    return dump(snapshot(tree.transport, asked, asset="x", platform=Platform.LINUX))


@pytest.mark.parametrize("options", OPTIONS)
def test_values_are_left_out_and_all_else_stays(tree: Tree, options: str) -> None:
    before = {check: tree.status(check) for check in CHECKS}
    tree.append("/etc/pam.d/common-auth", f"auth optional pam_mysql.so user=reader {options} crypt=1\n")
    tree.append("/etc/pam.d/common-session", f"session optional pam_mysql.so {options}\n")
    tree.append("/etc/sudoers", f"# {options}\n")
    told = said(tree)
    assert "canary" not in told
    assert "user=reader" in told
    assert "crypt=1" in told
    assert "pam_unix.so nullok" in told
    assert {check: tree.status(check) for check in CHECKS} == before


@pytest.mark.parametrize("program", ["sed", "grep"])
def test_without_the_program_that_leaves_them_out(tree: Tree, program: str) -> None:
    tree.append("/etc/pam.d/common-auth", "auth optional pam_mysql.so passwd=canary-1\n")
    tree.remove(f"/usr/bin/{program}")
    assert "canary" not in said(tree)
    assert tree.status("pam-refuses-empty-passwords") in ({"unknown"} if program == "sed" else {"fail", "unknown"})


def test_the_same_text_where_there_is_nothing_to_leave_out(tree: Tree) -> None:
    with_care, plain = Files("/etc/pam.d/*", secrets=True), Files("/etc/pam.d/*", "/etc/none")
    read = Chroot(tree.root).read([with_care, plain])
    assert read[with_care.key] == read[plain.key]


@pytest.mark.parametrize("does", ["exit 1", "exit 0", "case $* in *x*=1*) echo x;; *) exit 1;; esac", "cat; exit 4"])
def test_a_sed_that_does_not_work_makes_no_file_empty(tree: Tree, does: str) -> None:
    tree.append("/etc/pam.d/common-auth", "auth optional pam_mysql.so passwd=canary-1\n")
    assert tree.status("pam-refuses-empty-passwords") == "fail"
    tree.write("/usr/bin/sed", f"#!/bin/sh\n{does}\n", 0o755)
    assert tree.status("pam-refuses-empty-passwords") == "unknown"
    assert "canary" not in said(tree)
