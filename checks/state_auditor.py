"""965 CMR 3.04: what the State Auditor's rule asks beyond 17.04 and no machine sees."""

from checks.attested import attested
from checks.verdict import HIGH, MEDIUM

additions = (
    attested(
        "965-3.04(1)(c)",
        "the_separation_of_passwords_from_data_is_attested",
        "Passwords are kept apart from the data that they open.",
        why="965 CMR 3.04 asks for passwords to be kept at a location separate from the data; what is a separate location "
        "is the organization's to say.",
        fix="Keep passwords in a vault on another system, then add a line to the register of attestations: "
        "control 965-3.04(1)(c), statement, owner, date, expires.",
        severity=HIGH,
        module=__name__,
    ),
    attested(
        "965-3.04(2)(a)",
        "the_written_access_procedure_is_attested",
        "A written procedure says how access to records is restricted.",
        why="965 CMR 3.04 asks for the restriction of access to computerized records to be set forth in writing.",
        fix="Write the procedure, then add a line to the register of attestations: control 965-3.04(2)(a), statement, "
        "owner, date, expires, and the procedure's path as evidence.",
        severity=MEDIUM,
        module=__name__,
    ),
)
"""Two items of 965 CMR 3.04 that are stated, not seen."""
