"""17.04(2)(b) in what services ship: no login, a published login, a first password, a published key.

Which services, and what their configuration means, stands in ``collectors/host/service_defaults.toml``.
"""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.service_defaults import (
    Database,
    FirstRunFile,
    ManagementInterface,
    MessageBroker,
    Service,
    WebConsole,
)
from collectors.host.service_table import service_defaults
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys

_VAGRANT = "SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA"


def _judged(service: Service, local_without_login: bool) -> Verdict:
    """The same for every group: only what is on the network without a login of its own fails."""
    observed = {"read": service.settings or "nothing is written, so what the vendor ships is in force"}
    if service.unclear:
        return unknown(service.unclear, **observed)
    if service.default:
        return failed(f"{service.why}: {service.remedy}", **observed)
    if service.network:
        at = "" if service.network == ("*",) else f" at {', '.join(service.network)}"
        why = f" ({service.why})" if service.why else ""
        return failed(f"other machines get in{at} without a login{why}: {service.remedy}", **observed)
    if service.login:
        return passed(**observed)
    if local_without_login:
        return passed("only this machine gets in", **observed)
    if service.login is None:
        return unknown("only this machine gets in, and whether it has to log in was not seen", **observed)
    return failed(f"this machine's users get in without a login: {service.remedy}", **observed)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        Database("MongoDB", "/etc/mongod.conf"),
        Database("MongoDB", "/etc/mongod.conf", login=False),
        Database("Elasticsearch", "/etc/elasticsearch/elasticsearch.yml", login=None),
    ],
    fails=[
        Database("MongoDB", "/etc/mongod.conf", login=False, network=("*",)),
        Database("OpenSearch", "/etc/opensearch/opensearch.yml", login=False, default=True),
        given(Database("memcached", "/etc/memcached.conf", login=False), local_without_login=False),
    ],
)
def databases_and_search_engines_ask_for_a_login(database: Database, *, local_without_login: bool = True) -> Verdict:
    """No database, cache or search engine that other machines reach is configured to let them in without a login.

    Why: these products ship without a login, or did; whoever reaches one reads every record in it, and such servers are
    found within hours. Judged are MongoDB, Elasticsearch, OpenSearch, CouchDB, InfluxDB 1, Cassandra, Neo4j, ClickHouse,
    memcached and Solr, by their configuration and, where they run, their arguments.
    Fix: switch the product's login on, as the finding says, and bind it to loopback where only this machine needs it.
    Settings:
        local_without_login: whether a server that only this machine reaches may go without a login. On, since that is what
            most ship, and for a cache behind one application the accounts of the machine are the limit.
    """
    return _judged(database, local_without_login)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[MessageBroker("RabbitMQ", "/etc/rabbitmq/rabbitmq.conf"), MessageBroker("Mosquitto", "a", login=False)],
    fails=[
        MessageBroker("Mosquitto", "/etc/mosquitto/mosquitto.conf", login=False, network=("1883",)),
        MessageBroker("RabbitMQ", "/etc/rabbitmq/rabbitmq.conf", login=False, default=True),
        given(MessageBroker("Mosquitto", "a", login=False), local_without_login=False),
    ],
)
def message_brokers_ask_for_a_login_of_their_own(broker: MessageBroker, *, local_without_login: bool = True) -> Verdict:
    """No message broker is configured to let other machines in without a login, or with the one that it ships with.

    Why: records travel through brokers; one that takes anybody, or RabbitMQ's guest with the password guest, has no
    password that is not the vendor's. Judged are Mosquitto, RabbitMQ and Kafka, by configuration: whether the user guest
    was removed since stands in RabbitMQ's own store.
    Fix: switch the broker's login on, as the finding says, and remove the accounts that it ships with.
    Settings:
        local_without_login: whether a broker that only this machine reaches may go without a login. On, as Mosquitto
            ships.
    """
    return _judged(broker, local_without_login)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[WebConsole("Tomcat", "/etc/tomcat10/tomcat-users.xml")],
    fails=[
        WebConsole("Tomcat", "/etc/tomcat10/tomcat-users.xml", login=False, default=True),
        WebConsole("Jenkins", "/var/lib/jenkins/config.xml", login=False, network=("*",)),
    ],
)
def web_consoles_ask_for_a_login_of_their_own(console: WebConsole, *, local_without_login: bool = False) -> Verdict:
    """No web console is configured to let people in without a login, or with a password that its vendor published.

    Why: a console's administrator reaches everything behind it, and the passwords that it ships with are "vendor supplied
    default passwords". Judged are Tomcat, ActiveMQ, Jenkins, Grafana's anonymous access, MinIO, Harbor, phpMyAdmin and
    Pi-hole.
    Fix: set a password of your own and switch anonymous access off, as the finding says.
    Settings:
        local_without_login: whether a console that only this machine reaches may go without a login. Off: browsers and
            forwarded ports of this machine reach it.
    """
    return _judged(console, local_without_login)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[ManagementInterface("etcd", "/etc/default/etcd"), ManagementInterface("etcd", "a", login=None)],
    fails=[
        ManagementInterface("etcd", "/etc/default/etcd", login=False, network=("http://0.0.0.0:2379",)),
        given(ManagementInterface("ZooKeeper", "a", login=False), local_without_login=False),
    ],
)
def management_interfaces_ask_for_a_login(
    interface: ManagementInterface, *, local_without_login: bool = True
) -> Verdict:
    """No interface that machines or clusters are managed with is configured to take commands of other machines unasked.

    Why: whoever commands the cluster's store, scheduler or node agent gets at every record that it handles, past every
    password. Judged are etcd, the API server and the kubelet of Kubernetes, Consul, Nomad, ZooKeeper and container
    registries; Docker has a check of its own.
    Fix: ask for certificates or tokens, as the finding says, or bind the interface to loopback.
    Settings:
        local_without_login: whether one that only this machine reaches may go without a login. On, as etcd and Consul
            ship.
    """
    return _judged(interface, local_without_login)


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[FirstRunFile("GitLab", "/etc/gitlab/initial_root_password", old=False)],
    fails=[FirstRunFile("Jenkins", "/var/lib/jenkins/secrets/initialAdminPassword")],
)
def no_first_run_password_is_left_behind(first_run: FirstRunFile) -> Verdict:
    """No product keeps the password of its first administrator in the file that it wrote at its first start.

    Why: the password in the file is the product's own choice for its administrator. Where the file is still there, nobody
    may have chosen another, and whoever reads the file, or a backup of it, comes in as administrator. Looked for are
    those of Jenkins, Nexus Repository and GitLab.
    Fix: sign in, choose a password of your own, and remove the file where the product does not.
    """
    if first_run.unclear:
        return unknown(first_run.unclear)
    if first_run.old:
        return failed(f"the first password is still in its file: {first_run.remedy}")
    return passed("the file is new, and the product removes it")


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[AuthorizedKeys((AuthorizedKey("ann", "SHA256:a"),))],
    fails=[AuthorizedKeys((AuthorizedKey("ann", "SHA256:a"), AuthorizedKey("vagrant", _VAGRANT)))],
    not_applicable=[AuthorizedKeys(), AuthorizedKeys((AuthorizedKey("vagrant", _VAGRANT),), accepted=False)],
)
def no_published_key_opens_an_account(keys: AuthorizedKeys) -> Verdict:
    """No SSH key opens an account whose private half is published, such as Vagrant's.

    Why: such a key is a vendor supplied default password in another form: everybody has it.
    Fix: remove the key from the account's authorized_keys; put one there that belongs to a person.
    """
    if not keys.accepted or not keys.keys:
        return not_applicable("no SSH key opens an account here")
    published = {print_: one.product for one in service_defaults().values() for print_ in one.fingerprints}
    found = [one for one in keys.keys if one.fingerprint in published]
    if found:
        return failed(
            "everybody has the private half of a key that opens an account",
            accounts=sorted({one.account for one in found}),
            keys=sorted({published[one.fingerprint] for one in found}),
        )
    return passed(keys=len(keys.keys))
