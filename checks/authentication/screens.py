"""17.04(1)(d) at the desktop: a screen that nobody sits at locks itself."""

from checks.check import check, given
from checks.verdict import LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.screen_lock import Desktop, ScreenLock

_GNOME = Desktop("GNOME", 300)


@check(
    "17.04(1)(d)",
    severity=MEDIUM,
    passes=[ScreenLock.of(_GNOME), ScreenLock.of(Desktop("KDE Plasma", 600, 60))],
    fails=[
        ScreenLock.of(Desktop("GNOME")),
        ScreenLock.of(Desktop("GNOME", 3600)),
        ScreenLock.of(Desktop("GNOME", 600, 600)),
        ScreenLock.of(Desktop("GNOME", 300, locks=False)),
        ScreenLock.of(_GNOME, Desktop("Xfce", locks=False)),
        ScreenLock.of(Desktop("KDE Plasma", 300, on_wake=False)),
        given(ScreenLock.of(_GNOME), longest=120),
    ],
    not_applicable=[ScreenLock()],
)
def desktops_lock_idle_screens_by_default(lock: ScreenLock, *, longest: int = 900) -> Verdict:
    """Every desktop is set up by the system to lock its screen soon, and to ask for the password again, also after sleep.

    Why: access is for active users only; whoever passes by an open screen acts as the one who left it. (What people have
    set for themselves is not looked at: see whether they can.)
    Fix: GNOME: `idle-delay=uint32 600` under [org/gnome/desktop/session] and `lock-enabled=true` and `lock-delay=uint32 0`
    under [org/gnome/desktop/screensaver] in /etc/dconf/db/local.d, `system-db:local` in /etc/dconf/profile/user, then
    `dconf update`. KDE: `Timeout=10` under [Daemon] in /etc/xdg/kscreenlockerrc. Xfce: xfce4-screensaver.
    Settings:
        longest: seconds from the last use until a password is asked. The law names no number; a quarter of an hour is the
            usual one.
    """
    for one in lock.desktops:
        if not one.locks:
            return failed(f"{one.name} does not ask for a password after the screen went blank", desktop=one.name)
        if one.idle == 0:
            return failed(f"{one.name} never locks an idle screen", desktop=one.name)
        if one.idle + one.grace > longest:
            return failed(f"{one.name} locks an idle screen too late", seconds=one.idle + one.grace, most=longest)
        if not one.on_wake:
            return failed(f"{one.name} asks for no password after sleep", desktop=one.name)
    if lock.unjudged:
        return unknown("how these desktops lock is not understood", sessions=lock.unjudged)
    if not lock.desktops:
        return not_applicable("there is no desktop")
    return passed(desktops=[f"{one.name}: {one.idle + one.grace} s" for one in lock.desktops])


@check(
    "17.04(1)(d)",
    severity=LOW,
    passes=[ScreenLock.of(Desktop("GNOME", 300, fixed=True))],
    fails=[ScreenLock.of(_GNOME), ScreenLock.of(Desktop("GNOME", 300, fixed=True), Desktop("KDE Plasma", 300))],
    not_applicable=[ScreenLock()],
)
def people_cannot_switch_the_screen_lock_off(lock: ScreenLock) -> Verdict:
    """The lock of the screen is the system's, not a matter of taste.

    Why: a lock that whoever is hindered by it can take away holds only where nobody is.
    Fix: GNOME: name the keys idle-delay, lock-enabled and lock-delay, each with its path, in
    /etc/dconf/db/local.d/locks/screen, then `dconf update`. KDE: `[Daemon][$i]` in /etc/xdg/kscreenlockerrc. Xfce: `locked="*"`
    at the channel of xfce4-screensaver.
    """
    if loose := [one.name for one in lock.desktops if not one.fixed]:
        return failed("people can change when their screen locks, or whether", desktops=loose)
    if lock.unjudged:
        return unknown("how these desktops lock is not understood", sessions=lock.unjudged)
    if not lock.desktops:
        return not_applicable("there is no desktop")
    return passed(desktops=[one.name for one in lock.desktops])
