"""17.04(1) at dropbear, the small SSH server."""

from collections.abc import Callable

from checks.check import check
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.dropbear import Dropbear, DropbearServer
from collectors.host.units import Units

_STARTED = Units.of("dropbear.service")
_KEYS = DropbearServer(passwords=False)


def _judged(dropbear: Dropbear, units: Units, wrong: Callable[[DropbearServer], bool], what: str) -> Verdict:
    """Fail where a server that a boot starts does wrong."""
    started = [one for one in dropbear.servers if one.place.startswith("/etc/config") or _starts(one, units)]
    if not started:
        return not_applicable("dropbear is installed, but not started")
    if places := [one.place for one in started if wrong(one)]:
        return failed(what, configured_by=places)
    return passed(servers=len(started))


def _starts(server: DropbearServer, units: Units) -> bool:
    socket = server.place.replace("@.service", ".socket")
    return bool(units.any_of(server.place, socket))


@check(
    "17.04(1)(b)",
    severity=CRITICAL,
    passes=[(Dropbear.of(DropbearServer()), _STARTED)],
    fails=[(Dropbear.of(DropbearServer(blank=True)), _STARTED)],
    not_applicable=[(Dropbear.of(DropbearServer(blank=True)), Units())],
)
def dropbear_refuses_empty_passwords(dropbear: Dropbear, units: Units) -> Verdict:
    """No one comes in over dropbear without a password or a key.

    Why: an empty password is no "reasonably secure method of assigning and selecting passwords".
    Fix: take `-B` out of dropbear's options.
    """
    return _judged(
        dropbear,
        units,
        lambda one: one.blank and one.passwords and not one.both,
        "dropbear lets in accounts that have no password",
    )


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[
        (Dropbear.of(_KEYS), _STARTED),
        (Dropbear.of(DropbearServer(root_password=False)), _STARTED),
        (Dropbear.of(DropbearServer(root=False)), _STARTED),
    ],
    fails=[
        (Dropbear.of(DropbearServer()), _STARTED),
        (Dropbear.of(_KEYS, DropbearServer("/etc/config/dropbear")), Units()),
        (Dropbear.of(DropbearServer("dropbear@.service")), Units.of("dropbear.socket")),
    ],
    not_applicable=[(Dropbear(), _STARTED)],
)
def root_does_not_log_in_over_dropbear_with_a_password(dropbear: Dropbear, units: Units) -> Verdict:
    """Nobody comes in over dropbear as root with a password.

    Why: root is not a person: who used it cannot be told, and its name is known to every guesser, so control of user IDs
    begins with people logging in as themselves.
    Fix: add `-w` (no root) or `-g` (root by key only) to dropbear's options; on OpenWrt set `option RootPasswordAuth 'off'`.
    """
    return _judged(
        dropbear,
        units,
        lambda one: one.root and one.passwords and one.root_password and not one.both,
        "root may log in with a password",
    )


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[
        (Dropbear.of(_KEYS), _STARTED),
        (Dropbear.of(DropbearServer(both=True)), _STARTED),
        (Dropbear.of(DropbearServer(addresses=("127.0.0.1:22",))), _STARTED),
    ],
    fails=[(Dropbear.of(DropbearServer()), _STARTED), (Dropbear.of(DropbearServer(root=False)), _STARTED)],
)
def dropbear_logins_need_a_key(dropbear: Dropbear, units: Units) -> Verdict:
    """Nobody comes in over dropbear by a password alone.

    Why: a password that is tried from elsewhere is as good as the worst one of any account; a key is what 17.04(1)(b) calls a
    unique identifier technology.
    Fix: give people keys and add `-s` to dropbear's options (or `-t`, which asks for both); on OpenWrt set `option
    PasswordAuth 'off'`.
    """
    return _judged(
        dropbear,
        units,
        lambda one: one.passwords and not one.both and not one.only_loopback,
        "a password alone opens a session",
    )
