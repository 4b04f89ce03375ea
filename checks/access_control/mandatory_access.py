"""17.04(2)(a) by mandatory access control."""

from checks.check import check
from checks.verdict import LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.mandatory_access import MandatoryAccess, MandatoryAccessAtBoot


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        MandatoryAccess(selinux="enforcing"),
        MandatoryAccess(apparmor=True, profiles=(("/usr/sbin/mysqld", "enforce"), ("man", "complain"))),
    ],
    fails=[
        MandatoryAccess(),
        MandatoryAccess(selinux="permissive"),
        MandatoryAccess(apparmor=True, profiles=(("man", "complain"),)),
    ],
)
def mandatory_access_control_is_enforcing(access: MandatoryAccess) -> Verdict:
    """The kernel confines services to the files they need: SELinux or AppArmor enforces.

    Why: file modes alone let a service that was broken into read all that its account may read.
    Fix: on Debian and Ubuntu install apparmor and its profiles (`aa-status` shows them, `aa-enforce` turns one on); on Red
    Hat set `SELINUX=enforcing` in /etc/selinux/config and restart.
    """
    if not access.kernel_seen:
        return unknown("/sys is not mounted, so what the kernel enforces cannot be seen")
    if access.selinux == "enforcing":
        return passed(selinux="enforcing")
    if access.apparmor and access.profiles is None:
        return unknown("AppArmor is on, but the list of its profiles is not mounted")
    modes = [mode for _, mode in access.profiles or ()]
    enforced = sum(mode in ("enforce", "kill") for mode in modes)
    if access.apparmor and enforced:
        return passed(apparmor="on", enforced=enforced, complaining=modes.count("complain"))
    if access.selinux:
        return failed("SELinux only logs what it would forbid", selinux=access.selinux)
    if access.apparmor:
        return failed("AppArmor is on but enforces no profile", apparmor="on", profiles=len(modes))
    return failed("neither SELinux nor AppArmor is on", selinux="off", apparmor="off")


@check(
    "17.04(2)(a)",
    severity=LOW,
    passes=[MandatoryAccessAtBoot(apparmor=True), MandatoryAccessAtBoot(selinux="enforcing")],
    fails=[MandatoryAccessAtBoot(), MandatoryAccessAtBoot(selinux="permissive")],
)
def mandatory_access_control_starts_with_the_system(access: MandatoryAccessAtBoot) -> Verdict:
    """SELinux or AppArmor is set to enforce after the next start.

    Why: confinement that somebody turned on by hand is gone after a restart, and with it the restriction of access.
    Fix: `systemctl enable apparmor` and no `apparmor=0` in /etc/default/grub; or `SELINUX=enforcing` in /etc/selinux/config.
    """
    observed = {"apparmor": access.apparmor, "selinux": access.selinux or "not configured"}
    if access.apparmor or access.selinux == "enforcing":
        return passed(**observed)
    return failed("neither AppArmor nor SELinux is set to enforce when the system starts", **observed)
