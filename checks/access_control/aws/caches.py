"""Whom a cache lets in."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.aws.elasticache import Cache, CacheUser, ReplicationGroup, ServerlessCache, SingleCache

_OPEN = "whoever can reach it may read and change everything in it without a password"
_MEMCACHED = "Memcached of ElastiCache knows no logins: only security groups keep others out"


def _asks(cache: Cache) -> Verdict:
    if cache.token or cache.user_groups:
        return passed(token=cache.token, user_groups=cache.user_groups or "none")
    return failed(_OPEN)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[ReplicationGroup(token=True), ReplicationGroup(user_groups=("records",))],
    fails=[ReplicationGroup()],
)
def redis_groups_require_a_login(group: ReplicationGroup) -> Verdict:
    """A Redis or Valkey replication group asks for a token, or for one of the users of its user groups.

    Why: without either, everybody and everything in the network has the same nameless access.
    Fix: make a user group whose default user is off, and give it to the replication group; TLS must be on for that.
    """
    return _asks(group)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[SingleCache(engine="redis", token=True)],
    fails=[SingleCache(engine="redis")],
    not_applicable=[SingleCache(engine="memcached")],
)
def redis_single_nodes_require_a_login(cache: SingleCache) -> Verdict:
    """A Redis or Valkey node that belongs to no replication group asks for a token.

    Why: without it, everybody and everything in the network has the same nameless access.
    Fix: move the data to a replication group (of one node, if you like) with TLS and a user group.
    """
    return not_applicable(_MEMCACHED) if cache.engine == "memcached" else _asks(cache)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[ServerlessCache(engine="valkey", user_group="records")],
    fails=[ServerlessCache(engine="redis")],
    not_applicable=[ServerlessCache(engine="memcached")],
)
def redis_serverless_caches_require_a_login(cache: ServerlessCache) -> Verdict:
    """A serverless Redis or Valkey cache lets in only the users of a user group.

    Why: without one, everybody and everything in the network has the same nameless access.
    Fix: make a user group whose default user is off, and give it to the cache.
    """
    if cache.engine == "memcached":
        return not_applicable(_MEMCACHED)
    return passed(user_group=cache.user_group) if cache.user_group else failed(_OPEN)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[
        CacheUser(login="password", groups=("records",)),
        CacheUser(login="iam", groups=("records",)),
        CacheUser(login="no-password", active=False, groups=("records",)),
    ],
    fails=[CacheUser(login="no-password", groups=("records",))],
)
def redis_users_have_a_password(user: CacheUser) -> Verdict:
    """A user of a Redis or Valkey user group proves who it is, by password or IAM, or is switched off.

    Why: the user `default` that AWS puts into a user group needs no password and may do everything: the group then keeps nobody out.
    Fix: replace it in the group by a user named `default` with the access string `off`, and give every other user a password.
    """
    if user.login == "no-password" and user.active:
        return failed("it is let in without a password", groups=user.groups)
    return passed(login=user.login, active=user.active)
