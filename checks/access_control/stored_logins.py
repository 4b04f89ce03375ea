"""17.04(2)(b): accounts of services that kept the password of the manual."""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, Verdict, failed, passed, unknown
from collectors.host.grafana import Grafana
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


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[Grafana(), given(Grafana(anonymous=True), viewers=True)],
    fails=[Grafana(anonymous=True), given(Grafana(anonymous=True, role="Admin"), viewers=True)],
)
def grafana_asks_everybody_to_log_in(grafana: Grafana, *, viewers: bool = False) -> Verdict:
    """Grafana shows nothing to those who have not logged in: anonymous access is off.

    Why: with it there is neither an identification nor a password; whoever reaches the port queries every data source.
    Fix: remove `enabled = true` from `[auth.anonymous]` in grafana.ini and `GF_AUTH_ANONYMOUS_ENABLED` from the environment of
    the service, and restart it.
    Settings:
        viewers: whether everybody may look, with the role `Viewer`. Off; on for boards that hold nothing of a person.
    """
    if not grafana.anonymous:
        return passed(anonymous=False)
    if viewers and grafana.role == "Viewer":
        return passed("everybody may look, as the configuration allows", role=grafana.role)
    return failed("whoever reaches it is let in without a login", role=grafana.role)
