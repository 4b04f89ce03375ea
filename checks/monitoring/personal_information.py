"""17.04(4) at the places of personal information: who reads and changes them is recorded."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.audit import AuditRule, AuditRules
from collectors.host.personal_information import PersonalPlace, Way

_PLACE = PersonalPlace("/srv/clients", way=(Way("/", 0o755), Way("/srv/clients", 0o750)))


@check(
    "17.04(4)",
    severity=HIGH,
    passes=[(AuditRules((AuditRule(path="/srv/clients", below=True),)), _PLACE)],
    fails=[
        (AuditRules((AuditRule(path="/srv/clients", below=True, permissions="wa"),)), _PLACE),
        (AuditRules((AuditRule(path="/srv/clients", below=True),), enabled=False), _PLACE),
    ],
    not_applicable=[(AuditRules(), PersonalPlace("/srv/clients"))],
)
def audit_rules_watch_personal_information(rules: AuditRules, place: PersonalPlace) -> Verdict:
    """Reading and changing what lies at a place of personal information is recorded.

    Why: the item asks for monitoring of "unauthorized use of or access to personal information" itself.
    Fix: for each place a line such as `-w /srv/clients -p rwa -k personal-information` in a file of /etc/audit/rules.d.
    """
    if not place.there:
        return not_applicable("there is no such place on this host")
    if not rules.enabled:
        return failed("the audit rules turn auditing off", rules=len(rules.rules))
    missing = [doing for doing, bit in (("reading", "r"), ("writing", "w")) if not rules.watches(place.real, bit)]
    if missing:
        return failed("what happens to files there is not recorded", unrecorded=missing)
    return passed()
