"""17.04(1)(b): what it takes to come in from elsewhere."""

from checks.authentication.ways_in import (
    addresses,
    blocks_may_open_together,
    only_loopback,
    password_alone,
    private_only,
)
from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.firewall import Firewall
from collectors.host.packet_filter import Chain
from collectors.host.second_factor import SecondFactor
from collectors.host.sshd import Sshd
from collectors.host.sshd_running import RunningSshd
from collectors.host.units import Units

_KEYS = Sshd.of(passwordauthentication="no", kbdinteractiveauthentication="no", usepam="yes")
_PASSWORDS = Sshd.of(passwordauthentication="yes", usepam="yes", listenaddress="0.0.0.0:22")
_LOOPBACK = Sshd.of(passwordauthentication="yes", usepam="yes", listenaddress="127.0.0.1:22")
_TOKEN = SecondFactor(("pam_google_authenticator",))
_DENYING = Firewall((Chain("inet", "filter", "input", "input", "drop"),))


def _matching(where: str) -> Sshd:
    """An example: passwords in one ``Match`` block only."""
    return Sshd(_KEYS.settings, ((where, "passwordauthentication", "yes"),))


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[
        (_KEYS, None, Units()),
        (Sshd.of(passwordauthentication="yes", authenticationmethods="publickey,password"), None, Units()),
        (_PASSWORDS, _TOKEN, Units()),
    ],
    fails=[
        (_PASSWORDS, SecondFactor(), Units()),
        (_PASSWORDS, None, Units()),
        (Sshd.of(passwordauthentication="no", usepam="yes"), SecondFactor(), Units()),
        (
            Sshd(_KEYS.settings, (("Address 10.0.0.0/8", "passwordauthentication", "yes"),)),
            SecondFactor(),
            Units(),
        ),
        (_LOOPBACK, SecondFactor(), Units.of("ssh.socket")),
    ],
    not_applicable=[(_LOOPBACK, SecondFactor(), Units())],
)
def ssh_logins_need_a_key_or_a_second_factor(sshd: Sshd, factor: SecondFactor | None, units: Units) -> Verdict:
    """Nobody comes in over SSH by a password alone: it takes a key, or a second factor beside the password.

    Why: a password that is tried from elsewhere is as good as the worst one of any account; keys and tokens are what
    17.04(1)(b) calls unique identifier technologies.
    Fix: give people keys and set `PasswordAuthentication no` and `KbdInteractiveAuthentication no` in sshd_config, also in
    its Match blocks; or set `AuthenticationMethods publickey,password`; or add a module such as
    pam_google_authenticator, pam_u2f or pam_duo to /etc/pam.d/sshd as `auth required`, without nullok.
    """
    if only_loopback(sshd, units):
        return not_applicable("sshd listens on loopback only")
    open_at = password_alone(sshd)
    if not open_at:
        if blocks_may_open_together(sshd):
            return unknown("several Match blocks may let in by a password together")
        return passed(password_login=False)
    return _with_second_factor(factor, sshd) or failed("a password alone opens a session", where=open_at)


def _with_second_factor(factor: SecondFactor | None, sshd: Sshd) -> Verdict | None:
    """What PAM's second factor makes of it; None where PAM asks for none."""
    if factor is None or any(value != "yes" for _, value in sshd.values("usepam")):
        return None
    if factor.refuses:
        return unknown("PAM's stack for sshd lets nobody in by a password, which it can hardly be meant to")
    if factor.lenient:
        return unknown("the second factor lets in whoever has not enrolled", modules=factor.lenient)
    if factor.modules:
        return passed(second_factor=factor.modules)
    if factor.unclear:
        return unknown("PAM may ask for more than a password, which is not seen from here", modules=factor.unclear)
    return None


@check(
    "17.04(1)(b)",
    severity=HIGH,
    passes=[
        (_KEYS, None, Units(), Firewall()),
        (_PASSWORDS, None, Units(), _DENYING),
        (_matching("Address 10.0.0.0/8,fd00::/8"), None, Units(), Firewall()),
        (_matching("User ann Address 192.168.7.0/24"), None, Units(), Firewall()),
    ],
    fails=[
        (_PASSWORDS, SecondFactor(), Units(), Firewall()),
        (_matching("User ann"), None, Units(), Firewall()),
        (_matching("Address 10.0.0.0/8,0.0.0.0/0"), None, Units(), Firewall()),
        (_matching("Address 10.0.0.0/8,!10.1.0.0/16"), None, Units(), Firewall()),
        (_matching("LocalAddress 10.0.0.0/8"), None, Units(), Firewall()),
    ],
    not_applicable=[(_LOOPBACK, None, Units(), Firewall())],
)
def strangers_cannot_try_passwords_at_sshd(
    sshd: Sshd, factor: SecondFactor | None, units: Units, firewall: Firewall
) -> Verdict:
    """Where a password alone opens a session, the packet filter does not let the whole Internet come to sshd.

    Why: machines try passwords at every address of the Internet, day and night; one weak password is enough.
    Fix: let only known networks reach the port (`ufw allow from 192.0.2.0/24 to any port 22`), or ask for keys or a second
    factor.
    """
    if only_loopback(sshd, units):
        return not_applicable("sshd listens on loopback only")
    open_at = password_alone(sshd)
    if not open_at:
        if blocks_may_open_together(sshd):
            return unknown("several Match blocks may let in by a password together")
        return passed(password_login=False)
    if all(map(private_only, open_at)) and not blocks_may_open_together(sshd):
        return passed("passwords are taken from private networks only", where=open_at)
    families = ("ip", "ip6") if firewall.ipv6 else ("ip",)
    ports = list(sshd.ports or (22,))
    listened = set(addresses(sshd) or ((family, port) for family in families for port in ports))
    reached = [f"{family} {port}" for family, port in sorted(listened) if not firewall.denies(family, port)]
    if not reached:
        return passed("the packet filter keeps strangers from sshd", ports=ports)
    if verdict := _with_second_factor(factor, sshd):
        return verdict
    if firewall.partial:
        return unknown("as far as iptables shows strangers come to sshd, and nft is not installed to list its rules")
    return failed("whoever comes from the Internet can try passwords", reached=reached)


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[
        (_KEYS, RunningSshd()),
        (_KEYS, RunningSshd(options=("-4",), settings=_KEYS.settings)),
    ],
    fails=[(_KEYS, RunningSshd(options=("-o", "PasswordAuthentication=yes"), settings=_PASSWORDS.settings))],
    not_applicable=[(_KEYS, RunningSshd(running=False))],
)
def sshd_runs_with_its_configured_settings(sshd: Sshd, running: RunningSshd) -> Verdict:
    """No option by which sshd was started changes what its configuration says.

    Why: all checks of sshd judge what is configured; a server that was started by hand may let in whom the configuration
    does not.
    Fix: `systemctl restart ssh`; write settings into sshd_config, and take options out of what starts sshd.
    """
    if not running.running:
        return not_applicable("no sshd runs that keeps /run/sshd.pid")
    first: dict[str, str] = {}
    for name, value in running.settings:
        first.setdefault(name, value)
    other = sorted(f"{name} {value}" for name, value in first.items() if value.lower() != sshd.value(name))
    if running.options and other:
        return failed(
            "sshd was started with other settings than are configured", options=running.options, settings=other
        )
    return passed(options=running.options)
