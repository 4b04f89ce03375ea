"""17.04(3) at mail servers, by their configuration: logins, mail that is read, mail between servers."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.dovecot import Dovecot
from collectors.host.openssl_policy import ORDER, OpensslPolicy
from collectors.host.postfix import Postfix, PostfixService

_OFFERED = {
    "smtpd_tls_security_level": "may",
    "smtpd_tls_cert_file": "/etc/ssl/mail.pem",
    "smtpd_tls_protocols": ">=TLSv1.2",
    "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
}
_ASKED = _OFFERED | {"smtpd_sasl_auth_enable": "yes"}
_MX = PostfixService("smtp", _OFFERED)
_OLD = PostfixService("smtp", _OFFERED | {"smtpd_tls_protocols": ">=TLSv1"})
_LOGIN = PostfixService("submission", _ASKED | {"smtpd_tls_security_level": "encrypt"})
_OWN = PostfixService("127.0.0.1:10025", {})


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        Postfix((_MX, _LOGIN)),
        Postfix((PostfixService("smtp", _ASKED | {"smtpd_tls_auth_only": "yes"}),)),
    ],
    fails=[Postfix((PostfixService("smtp", _ASKED),))],
    not_applicable=[Postfix((_MX,))],
)
def postfix_takes_mail_logins_only_encrypted(postfix: Postfix) -> Verdict:
    """Nobody logs in to Postfix, and hands it mail, without TLS.

    Why: a login in clear gives the password, and then the mail, to whoever listens on the way.
    Fix: set `smtpd_tls_auth_only = yes` in main.cf, and `-o smtpd_tls_security_level=encrypt` for `submission` in
    master.cf; run `postfix reload`.
    """
    asked = [one for one in postfix.reachable if one.takes_logins]
    if not asked:
        return not_applicable("nobody can log in to Postfix from other machines")
    if plain := [one.port for one in asked if not one.logins_only_encrypted]:
        return failed("logins are offered before TLS has begun", services=plain)
    return passed(services=[one.port for one in asked])


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Postfix((_MX, _LOGIN))],
    fails=[Postfix((PostfixService("smtp", {"smtpd_tls_security_level": "may"}),)), Postfix((PostfixService("smtp"),))],
    not_applicable=[Postfix((_OWN,))],
)
def postfix_offers_encryption_to_those_who_send(postfix: Postfix) -> Verdict:
    """Whoever sends mail to Postfix from another machine can do so with TLS.

    Why: mail crosses public networks, and goes in clear where the receiver offers nothing better.
    Fix: set `smtpd_tls_security_level = may` in main.cf and name a certificate in `smtpd_tls_chain_files` (before 3.4
    `smtpd_tls_cert_file` and `smtpd_tls_key_file`); run `postfix reload`.
    """
    if not postfix.reachable:
        return not_applicable("Postfix takes mail from this machine only")
    if plain := [one.port for one in postfix.reachable if one.level == "none"]:
        return failed("TLS is not offered", services=plain)
    return passed(services=[f"{one.port}: {one.level}" for one in postfix.reachable])


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Postfix(sends="may"), Postfix(sends="dane")],
    fails=[Postfix(sends="none")],
    not_applicable=[Postfix(sends="none", delivers_elsewhere=False)],
)
def postfix_sends_mail_encrypted_where_it_can(postfix: Postfix) -> Verdict:
    """Postfix uses TLS towards every server that offers it.

    Why: mail with records crosses public networks; nearly all servers take it encrypted if they are asked.
    Fix: set `smtp_tls_security_level = may` in main.cf, or `dane`, or `encrypt` where all goes to one relay; run
    `postfix reload`.
    """
    if not postfix.delivers_elsewhere:
        return not_applicable("Postfix sends no mail to other machines")
    if postfix.sends == "none":
        return failed("mail leaves in clear, whatever the receiver offers", smtp_tls_security_level="none")
    return passed(smtp_tls_security_level=postfix.sends)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Postfix((_MX, _LOGIN)), given(Postfix((_OLD, _LOGIN)), between_servers="TLSv1")],
    fails=[Postfix((_OLD,)), given(Postfix((_OLD, _LOGIN)), minimum="TLSv1.3", between_servers="TLSv1")],
    not_applicable=[Postfix((PostfixService("smtp"),)), Postfix((_OWN,))],
)
def postfix_offers_only_current_tls(
    postfix: Postfix, *, minimum: str = "TLSv1.2", between_servers: str = "TLSv1.2"
) -> Verdict:
    """Postfix takes mail by no version of TLS that is known to be weak.

    Why: TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996); Postfix offers them where nothing is stated, and
    lowers OpenSSL's security level to do so.
    Fix: set `smtpd_tls_mandatory_protocols = >=TLSv1.2` and `smtpd_tls_protocols = >=TLSv1.2` in main.cf (before 3.6
    `!SSLv2, !SSLv3, !TLSv1, !TLSv1.1`); run `postfix reload`.
    Settings:
        minimum: the lowest version that passes where TLS is asked for, as for logins.
        between_servers: the lowest version that passes where mail is also taken in clear. `TLSv1` lets in servers that know
            nothing newer and would otherwise send in clear.
    """
    spoken = [one for one in postfix.reachable if one.level != "none"]
    if not spoken:
        return not_applicable("Postfix offers no TLS to other machines")
    old = [
        f"{one.port}: {one.lowest}"
        for one in spoken
        if ORDER.index(one.lowest) < ORDER.index(minimum if one.level == "encrypt" else between_servers)
    ]
    if old:
        return failed("old versions of TLS are offered", services=old)
    return passed(services=[f"{one.port}: {one.lowest}" for one in spoken])


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[Dovecot(ssl="required"), Dovecot(), Dovecot(ssl="no", cleartext=True, plain=())],
    fails=[Dovecot(cleartext=True), Dovecot(ssl="no", cleartext=True), Dovecot(mechanisms=("plain", "cram-md5"))],
    not_applicable=[Dovecot(protocols=())],
)
def dovecot_takes_logins_only_encrypted(dovecot: Dovecot) -> Verdict:
    """Nobody logs in to Dovecot from another machine, and reads mail, without TLS.

    Why: a login in clear gives the password, and then the mail, to whoever listens on the way.
    Fix: set `ssl = required` in conf.d/10-ssl.conf and run `doveadm reload`.
    """
    if not dovecot.protocols:
        return not_applicable("Dovecot serves no mail program")
    observed = {"ssl": dovecot.ssl, "cleartext_logins": dovecot.cleartext, "mechanisms": dovecot.mechanisms}
    if not dovecot.plain:
        return passed("every listener for logins begins with TLS", **observed)
    if dovecot.otherwise:
        return unknown(f"some of it is set apart: {', '.join(dovecot.otherwise)}", **observed)
    if dovecot.ssl == "required":
        return passed(**observed)
    if dovecot.cleartext:
        return failed("passwords are taken in clear", listeners=dovecot.plain, **observed)
    if dovecot.challenges:
        why = f"with {' and '.join(dovecot.challenges)} a session goes on without TLS; only the password is hidden"
        return failed(why, listeners=dovecot.plain, **observed)
    return passed(**observed)


_LIBSSL_3 = OpensslPolicy(("3",), refusing_level=1)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        (Dovecot(), None),
        (Dovecot(lowest="TLSv1"), _LIBSSL_3),
        given(Dovecot(lowest="TLSv1"), None, minimum="TLSv1"),
    ],
    fails=[(Dovecot(lowest="TLSv1"), None), (Dovecot(lowest="TLSv1", security_level=0), _LIBSSL_3)],
    not_applicable=[(Dovecot(ssl="no"), None), (Dovecot(protocols=()), None)],
)
def dovecot_offers_only_current_tls(
    dovecot: Dovecot, policy: OpensslPolicy | None, *, minimum: str = "TLSv1.2"
) -> Verdict:
    """Dovecot speaks no version of TLS that is known to be weak.

    Why: SSL 3, TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996): what they carry is not safely encrypted.
    Fix: set `ssl_min_protocol = TLSv1.2` in conf.d/10-ssl.conf and run `doveadm reload`.
    Settings:
        minimum: the lowest version that passes. TLS 1.2 is the oldest that is not retired.
    """
    if not dovecot.protocols:
        return not_applicable("Dovecot serves no mail program")
    if dovecot.ssl == "no":
        return not_applicable("Dovecot speaks no TLS")
    if apart := [
        one for one in dovecot.otherwise if one.endswith(("ssl_min_protocol", "ssl_protocols", "ssl_cipher_list"))
    ]:
        return unknown(f"some of it is set apart: {', '.join(apart)}")
    if ORDER.index(dovecot.lowest) >= ORDER.index(minimum):
        return passed(lowest=dovecot.lowest)
    if policy is not None and policy.refuses_old_versions(dovecot.security_level) and minimum != "TLSv1.3":
        return passed("an old version is named, but OpenSSL's security level refuses it", lowest=dovecot.lowest)
    return failed(f"Dovecot offers {dovecot.lowest}", lowest=dovecot.lowest)
