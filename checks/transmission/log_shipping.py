"""17.04(3) for logs on their way to another machine."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.rsyslog import LogForward


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[LogForward("logs.example.com", "tcp", encrypted=True)],
    fails=[LogForward("logs.example.com", "udp"), LogForward("logs.example.com", "tcp")],
    not_applicable=[LogForward("127.0.0.1", "udp")],
)
def logs_leave_the_host_encrypted(log_forward: LogForward) -> Verdict:
    """Rsyslog sends logs to other machines only over TLS.

    Why: logs name people, accounts and what they did, and some programs write records into them.
    Fix: give the `omfwd` action `protocol="tcp" StreamDriver="gtls" StreamDriverMode="1"` (package rsyslog-gnutls), or use
    `omrelp` with `tls="on"`; restart rsyslog.
    """
    if log_forward.local:
        return not_applicable("the logs stay on this machine", target=log_forward.target)
    if not log_forward.encrypted:
        return failed("logs leave the host in clear", target=log_forward.target, protocol=log_forward.protocol)
    return passed(target=log_forward.target, protocol=log_forward.protocol)
