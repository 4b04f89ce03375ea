"""17.04(2)(b), tried: services that let in with a login that everybody knows."""

from checks.check import check, given
from checks.verdict import CRITICAL, Verdict, failed, passed, unknown
from collectors.host.local_logins import LocalLogin

_CACHE = LocalLogin("redis", "Redis or Valkey", let_in=True)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    enabled=False,
    passes=[LocalLogin("postgresql", "PostgreSQL", "postgres"), _CACHE],
    fails=[
        LocalLogin("postgresql", "PostgreSQL", "postgres", let_in=True),
        LocalLogin("redis", "Redis or Valkey", let_in=True, beyond_loopback=True),
        given(_CACHE, local_without_login=False),
    ],
)
def no_service_here_lets_in_with_a_published_login(
    local_login: LocalLogin, *, local_without_login: bool = True
) -> Verdict:
    """No database or console of this machine lets in with its vendor's published login, or without any. It is tried.

    Why: "not vendor supplied default passwords": what the configuration does not tell, one attempt does. It is off until it is
    switched on, since each attempt stands in the service's log as a login that failed. It is made from the machine itself to
    its own address, once for each published pair, and not where a lockout is seen.
    Fix: give the account a password of its own, or make the service ask for one.
    Settings:
        local_without_login: whether a service that listens on the loopback address only may do without any login, as a cache
            does as distributions ship it. On. An account with a name, such as `postgres`, never may.
    """
    if local_login.unclear:
        return unknown(local_login.unclear)
    if not local_login.let_in:
        return passed("refused", user=local_login.user or "none")
    if local_login.user:
        return failed(f"{local_login.product} let in {local_login.user} with the published password, or with none")
    if local_without_login and not local_login.beyond_loopback:
        return passed("it lets in without a login, and listens for this machine only")
    return failed(f"{local_login.product} lets in without a login", beyond_loopback=local_login.beyond_loopback)
