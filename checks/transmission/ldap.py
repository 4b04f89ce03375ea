"""17.04(3) at directories: where people are looked up, and where this machine answers."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.ldap_clients import LdapClient
from collectors.host.slapd import Slapd

_REMOTE = ("ldap://dc.example.com",)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[LdapClient("nslcd", _REMOTE, encrypted=True)],
    fails=[LdapClient("nslcd", _REMOTE, encrypted=False)],
    not_applicable=[
        LdapClient("nslcd", (), encrypted=False),
        LdapClient("/etc/ldap/ldap.conf", _REMOTE, None, library=True),
    ],
)
def ldap_client_asks_only_encrypted(ldap_client: LdapClient) -> Verdict:
    """People and their passwords are looked up in LDAP only encrypted.

    Why: what a directory tells of people, and the passwords that are tried against it, travel in clear with `ldap://`; and
    whoever is on the way can answer in its place, and make himself a member of any group.
    Fix: sssd: `ldap_uri = ldaps://...` or `ldap_id_use_start_tls = true`. nslcd and pam_ldap: `uri ldaps://...` or
    `ssl start_tls`. Restart the program. The default of sssd is off before version 2.10, and on some systems also later.
    """
    if not ldap_client.servers:
        return not_applicable("it asks no other machine")
    if ldap_client.library:
        return not_applicable("each program that uses this file decides for itself", servers=ldap_client.servers)
    if ldap_client.encrypted is None:
        return unknown(
            "sssd.conf does not say it, and the default differs between versions", servers=ldap_client.servers
        )
    if ldap_client.encrypted:
        return passed(servers=ldap_client.servers)
    return failed("it asks a server by ldap:// without StartTLS", servers=ldap_client.servers)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[LdapClient("nslcd", _REMOTE)],
    fails=[LdapClient("nslcd", _REMOTE, verifies=False), LdapClient("/etc/ldap/ldap.conf", verifies=False)],
)
def ldap_client_verifies_the_server(ldap_client: LdapClient) -> Verdict:
    """Whoever is looked up in LDAP is looked up on the right server: its certificate is verified.

    Why: encryption to a server that anybody may play keeps nothing secret, and what it answers decides who gets in.
    Fix: set `TLS_REQCERT demand` in ldap.conf, `tls_reqcert demand` in nslcd.conf or `ldap_tls_reqcert = demand` in
    sssd.conf, and name the authority's certificate (`TLS_CACERT`, `tls_cacertfile`, `ldap_tls_cacert`).
    """
    if ldap_client.verifies:
        return passed(servers=ldap_client.servers)
    return failed("any certificate is taken", servers=ldap_client.servers or "whichever a program names")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[Slapd(bits=128), Slapd(("ldaps:///", "ldapi:///", "ldap://127.0.0.1/")), given(Slapd(bits=256), bits=256)],
    fails=[Slapd(), Slapd(("ldap://10.0.0.1:389/",)), given(Slapd(bits=1), bits=128)],
)
def ldap_server_insists_on_encryption(slapd: Slapd, *, bits: int = 1) -> Verdict:
    """The directory server slapd answers other machines only encrypted.

    Why: a directory knows people and their passwords; on `ldap://` it takes both in clear unless it insists on StartTLS.
    Fix: set `olcSecurity: tls=128` in cn=config (`security tls=128` in slapd.conf), or leave only `ldaps:///` and
    `ldapi:///` in SLAPD_SERVICES, and restart slapd.
    Settings:
        bits: the strength that it must ask for at least. 1, that is any TLS, since what OpenSSL and GnuTLS agree on today has
            128 or more.
    """
    observed = {"urls": slapd.urls, "security": slapd.bits}
    if not slapd.in_clear:
        return passed("other machines reach it only by ldaps", **observed)
    if slapd.bits >= bits:
        return passed(**observed)
    return failed("it answers other machines in clear", **observed)
