"""17.04(2)(b): accounts of services that kept the password of the manual."""

from checks.check import check
from checks.verdict import CRITICAL, Verdict, failed, passed, unknown
from collectors.host.stored_logins import StoredLogin


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[StoredLogin("/etc/nginx/users", "admin", "nginx"), StoredLogin("/etc/nginx/users", "", "nginx")],
    fails=[StoredLogin("/var/lib/grafana/grafana.db", "admin", "Grafana", default=True)],
)
def no_service_keeps_a_vendor_default_password(stored_login: StoredLogin) -> Verdict:
    """No account of a web console or web server has the password that its vendor publishes.

    Why: passwords must be "not vendor supplied default passwords". The stored hash of Grafana, Graylog, Nagios, Splunk,
    WildFly, OpenLDAP and of basic authentication is compared on the target itself with what their manuals say.
    Fix: change the account's password in the product (`grafana cli admin reset-admin-password`, `htpasswd FILE NAME`,
    `add-user.sh`, `slappasswd`), or remove the account.
    """
    if stored_login.default:
        return failed(f"the password is the published one of {stored_login.product}")
    if stored_login.not_compared:
        return unknown(stored_login.not_compared)
    if not stored_login.account:
        return passed("it has no account with a published password")
    return passed(compared_with=stored_login.product)
