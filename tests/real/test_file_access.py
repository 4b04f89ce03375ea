import pytest

from tests.hosts import RunningHost, Tree

pytestmark = pytest.mark.real

UMASK = "new-files-are-closed-to-others"
WRITABLE = "system-files-are-not-writable-by-everyone"
OWNED = "system-files-have-an-owner"
ENFORCING = "mandatory-access-control-is-enforcing"
AT_BOOT = "mandatory-access-control-starts-with-the-system"
CLIENTS = "nfs-export-names-its-clients"
ROOT = "nfs-export-does-not-trust-the-clients-root"


def test_a_umask_in_login_defs_does_nothing_without_pam_umask(tree: Tree) -> None:
    assert tree.verdict(UMASK)[0] == "fail"
    tree.replace("/etc/login.defs", "UMASK\t\t022", "UMASK\t\t077")
    assert tree.status(UMASK) == "fail"
    tree.append("/etc/pam.d/common-session", "session optional pam_umask.so\n")
    assert tree.status(UMASK) == "pass"
    tree.replace("/etc/pam.d/common-session", "pam_umask.so", "pam_umask.so umask=0022")
    assert tree.status(UMASK) == "fail"


def test_a_shell_really_starts_with_the_umask_that_is_judged(tree: Tree) -> None:
    tree.write("/etc/profile.d/umask.sh", "umask u=rwx,g=rx,o=\n")
    assert tree.run("sh", "-lc", "umask").strip() == "0027"
    assert tree.status(UMASK) == "pass"
    tree.write("/etc/profile.d/z.sh", 'if [ "$(id -u)" -gt 199 ]; then\n  umask 002\nfi\n')
    assert tree.status(UMASK) == "fail"
    assert tree.status(UMASK, masked="000") == "pass"


def test_a_job_that_everyone_may_write(tree: Tree) -> None:
    assert tree.status(WRITABLE) == "pass"
    tree.write("/etc/cron.d/backup", "@daily root /bin/true\n", mode=0o666)
    assert tree.status(WRITABLE) == "fail"


def test_masked_units_and_sticky_folders_are_no_false_alarm(tree: Tree) -> None:
    tree.path("/etc/systemd/system/rpcbind.service").symlink_to("/dev/null")
    tree.path("/srv/drop").mkdir()
    tree.path("/opt/drop").mkdir()
    tree.path("/opt/drop").chmod(0o1777)
    assert tree.status(WRITABLE) == "pass"
    tree.path("/opt/drop").chmod(0o777)
    assert tree.status(WRITABLE) == "fail"


def test_a_file_of_nobody(tree: Tree) -> None:
    assert tree.status(OWNED) == "pass"
    tree.write("/opt/left", "", owner=(4711, 0))
    assert tree.status(OWNED) == "fail"


def test_what_the_kernel_enforces(host: RunningHost) -> None:
    assert host.status(ENFORCING) == "unknown"  # /sys is empty
    host.path("/sys/kernel/security/apparmor").mkdir(parents=True)
    assert host.status(ENFORCING) == "fail"
    host.write("/sys/module/apparmor/parameters/enabled", "Y\n")
    assert host.status(ENFORCING) == "unknown"
    host.write("/sys/kernel/security/apparmor/profiles", "man_filter (complain)\n")
    assert host.status(ENFORCING) == "fail"
    host.append("/sys/kernel/security/apparmor/profiles", "/usr/sbin/ntp d (enforce)\n")
    assert host.status(ENFORCING) == "pass"


def test_selinux_by_its_own_switch(host: RunningHost) -> None:
    host.path("/sys/kernel").mkdir(parents=True)
    host.write("/sys/fs/selinux/enforce", "1")
    assert host.status(ENFORCING) == "pass"
    host.write("/sys/fs/selinux/enforce", "0")
    assert host.status(ENFORCING) == "fail"


def test_the_running_kernel_is_unknown_in_a_tree(tree: Tree) -> None:
    tree.write("/sys/fs/selinux/enforce", "1")
    assert tree.status(ENFORCING) == "unknown"


def test_apparmor_at_boot(tree: Tree) -> None:
    assert tree.status(AT_BOOT) == "pass"
    tree.path("/etc/systemd/system/apparmor.service").symlink_to("/dev/null")
    assert tree.status(AT_BOOT) == "fail"
    tree.remove("/etc/systemd/system/apparmor.service")
    tree.write("/etc/default/grub", 'GRUB_CMDLINE_LINUX="quiet apparmor=0"\n')
    assert tree.status(AT_BOOT) == "fail"
    tree.write("/etc/selinux/config", "SELINUX=enforcing\n")
    assert tree.status(AT_BOOT) == "pass"


def test_exports_that_exportfs_itself_understands(tree: Tree) -> None:
    assert tree.status(CLIENTS) == "not_applicable"
    tree.write("/etc/exports", "/srv 10.0.0.0/24(rw,sync,no_subtree_check)\n")
    assert tree.status(CLIENTS) == "pass"
    assert tree.status(ROOT) == "pass"
    tree.write("/etc/exports.d/pi.exports", '"/srv" 10.0.0.0/24 \\\n  (rw,no_root_squash)\n')
    assert tree.status(CLIENTS, "/srv to *") == "fail"
    assert tree.status(CLIENTS, "/srv to 10.0.0.0/24") == "pass"
    assert tree.status(ROOT, "/srv to *") == "fail"


def test_an_export_for_reading(tree: Tree) -> None:
    tree.write("/etc/exports", "/pub *(ro)\n/krb *(rw,sec=krb5p)\n")
    assert tree.status(CLIENTS, "/pub to *") == "fail"
    assert tree.status(CLIENTS, "/pub to *", read_only_to_all=True) == "pass"
    assert tree.status(CLIENTS, "/krb to *") == "pass"
