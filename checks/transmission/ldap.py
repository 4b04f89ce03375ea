"""17.04(3) where people are looked up in a directory of another machine."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.ldap_clients import LdapClient

_REMOTE = ("ldap://dc.example.com",)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[LdapClient("nslcd", _REMOTE, encrypted=True)],
    fails=[LdapClient("nslcd", _REMOTE, encrypted=False)],
    not_applicable=[LdapClient("nslcd", (), encrypted=False), LdapClient("/etc/ldap/ldap.conf", _REMOTE, None)],
)
def ldap_client_asks_only_encrypted(ldap_client: LdapClient) -> Verdict:
    """People and their passwords are looked up in LDAP only encrypted.

    Why: what a directory tells of people, and the passwords that are tried against it, travel in clear with `ldap://`; and
    whoever is on the way can answer in its place, and make himself a member of any group.
    Fix: sssd: `ldap_uri = ldaps://...` or `ldap_id_use_start_tls = true`. nslcd and pam_ldap: `uri ldaps://...` or
    `ssl start_tls`. Restart the program.
    """
    if not ldap_client.servers:
        return not_applicable("it asks no other machine")
    if ldap_client.encrypted is None:
        return not_applicable("each program that uses this file decides for itself", servers=ldap_client.servers)
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
