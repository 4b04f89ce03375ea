"""Sessions that anybody may have: guests of lightdm, and of pam_sepermit on Red Hat's kin."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.auto_login import automatic_login, is_true, layered
from collectors.host.identifiers import NAMES, identifiers
from collectors.sources import File, Mode, Stat

_SCRIPTS = tuple(f"{folder}/guest-account" for folder in ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"))


@dataclass(frozen=True)
class GuestSessions(Fact):
    """Programs that let people in who have no account."""

    offered: tuple[tuple[str, str], ...] = ()
    """Program, and what it offers a guest."""
    unclear: tuple[str, ...] = ()
    """Scripts that make an account for a guest, in places that were not looked at."""


@collector(
    *automatic_login.sources,
    Stat("/usr/sbin/lightdm", "/usr/bin/lightdm", *_SCRIPTS),
    File("/etc/security/sepermit.conf"),
    NAMES,
)
def guest_sessions(
    files: dict[str, str] | None, programs: tuple[Mode, ...] | None, permits: str | None, names: str
) -> GuestSessions:
    """Lightdm offers guests where ``allow-guest`` is not false and its ``guest-account-script`` is there, which Debian does
    not ship (lightdm's src/guest-account.c). pam_sepermit lets the accounts of sepermit.conf(5) in without a password.
    """
    there = {mode.path for mode in programs or ()}
    offered: list[tuple[str, str]] = []
    unclear: list[str] = []
    if there & {"/usr/sbin/lightdm", "/usr/bin/lightdm"}:
        settings = layered(files or {}, "lightdm")
        script = settings.get(("lightdm", "guest-account-script"), "") or "guest-account"
        if seats := _seats_with_guests(settings):
            if there & (
                {script} if script.startswith("/") else {path for path in _SCRIPTS if path.endswith(f"/{script}")}
            ):
                offered.append(("lightdm", f"a guest session at {', '.join(seats)}"))
            elif script not in {"guest-account", *_SCRIPTS}:
                unclear.append(script)
    known = {user.name for user in identifiers.parse(names).users}
    for line in (permits or "").splitlines():
        name = line.partition("#")[0].partition(":")[0].strip()
        if name in known:
            offered.append(("pam_sepermit", f"the account {name} without a password"))
    return GuestSessions(tuple(offered), tuple(unclear))


def _seats_with_guests(settings: dict[tuple[str, str], str]) -> list[str]:
    """Sections for seats whose ``allow-guest`` is true, which it is by default; ``seat:*`` is what the others begin with."""
    general = settings.get(("seat:*", "allow-guest"), settings.get(("seatdefaults", "allow-guest"), "true"))
    seats = {section for section, _ in settings if section.startswith("seat:") and section != "seat:*"}
    own = {seat: settings.get((seat, "allow-guest"), general) for seat in sorted(seats)}
    return [seat for seat, value in {"seat:*": general, **own}.items() if is_true(value)]
