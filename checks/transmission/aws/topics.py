"""How SNS sends what is published."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.aws.sns import WebSubscription


@check(
    "17.04(3)",
    severity=MEDIUM,
    facet="public",
    passes=[WebSubscription(protocol="https")],
    fails=[WebSubscription(protocol="http")],
)
def sns_sends_to_web_servers_over_https(web_subscription: WebSubscription) -> Verdict:
    """Messages of a topic are sent to a web server over HTTPS, not HTTP.

    Why: what is published, records with it, would travel in the clear to that server.
    Fix: subscribe the server's HTTPS address, and delete the HTTP subscription.
    """
    if web_subscription.protocol == "https":
        return passed()
    return failed("messages are sent over plain HTTP")
