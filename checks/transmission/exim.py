"""17.04(3) at Exim, by its configuration."""

from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.exim import Exim

_OWN = Exim(("127.0.0.1", "::1"), logins=(("plain", "empty"),))


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[Exim(logins=(("plain", "tls"),)), Exim(offers_logins="tls", logins=(("plain", "empty"),))],
    fails=[Exim(logins=(("plain", "empty"),)), Exim(logins=(("plain", "tls"), ("login", "empty")))],
    not_applicable=[Exim(), _OWN, Exim(offers_logins="empty", logins=(("plain", "empty"),))],
)
def exim_takes_mail_logins_only_encrypted(exim: Exim) -> Verdict:
    """Nobody logs in to Exim, and hands it mail, without TLS.

    Why: a login in clear gives the password, and then the mail, to whoever listens on the way.
    Fix: set `auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}`, or the same as `server_advertise_condition` of each
    authenticator (Debian: leave AUTH_SERVER_ALLOW_NOTLS_PASSWORDS unset); run `update-exim4.conf` there, and restart Exim.
    """
    if not exim.beyond_loopback:
        return not_applicable("Exim takes mail from this machine only")
    if not exim.logins or exim.offers_logins == "empty":
        return not_applicable("nobody can log in to Exim")
    names = [name for name, _ in exim.logins]
    if exim.offers_logins == "tls" or len(exim.of_kind("tls")) == len(names):
        return passed(authenticators=names)
    if exim.offers_logins == "all" and (always := exim.of_kind("empty")):
        return failed("logins are offered before TLS has begun", authenticators=always)
    return unknown("when logins are offered hangs on a condition that is not understood here", authenticators=names)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Exim()],
    fails=[Exim(offers_tls="empty")],
    not_applicable=[_OWN],
)
def exim_offers_encryption_to_those_who_send(exim: Exim) -> Verdict:
    """Whoever sends mail to Exim from another machine can do so with TLS.

    Why: mail crosses public networks, and goes in clear where the receiver offers nothing better.
    Fix: set `tls_advertise_hosts = *` with `tls_certificate` and `tls_privatekey` (Debian: MAIN_TLS_ENABLE), and restart Exim.
    """
    if not exim.beyond_loopback:
        return not_applicable("Exim takes mail from this machine only")
    if exim.offers_tls == "empty":
        return failed("TLS is not offered", tls_advertise_hosts="")
    if exim.offers_tls != "all":
        return unknown("TLS is offered to some, by a condition that is not understood here")
    return passed(tls_advertise_hosts="*")
