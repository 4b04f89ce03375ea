"""What a status looks like, the same on every panel.

Green, yellow, vermilion and the blue of plain numbers are those of Okabe and Ito (https://jfly.uni-koeln.de/color/); light blue
and dark grey are chosen beside them so that people with any of the common deficiencies of colour vision tell all five apart, which
a test measures. No status is told by its colour alone. Unknown is yellow: it is never green.
"""

from dataclasses import dataclass

from checks.verdict import Status


@dataclass(frozen=True)
class Look:
    """How a status is shown."""

    status: Status
    text: str
    colour: str


LOOKS = (
    Look(Status.NOT_APPLICABLE, "n/a", "#404040"),
    Look(Status.PASS, "pass", "#009e73"),
    Look(Status.WAIVED, "waived", "#b3def8"),
    Look(Status.UNKNOWN, "unknown", "#f0e442"),
    Look(Status.FAIL, "fail", "#d55e00"),
)
"""In the order of the code of a status, 0 to 4: asset_control:wispwatch_control_status:code."""
BY_STATUS = {look.status: look for look in LOOKS}
PASS, FAIL, UNKNOWN = (BY_STATUS[one].colour for one in (Status.PASS, Status.FAIL, Status.UNKNOWN))
PLAIN = "#0072b2"
"""Of what is no status: blue, from the same palette."""
SECOND = "#cc79a7"
"""Of what is no status either and stands beside it: reddish purple, from the same palette."""
MANY = (PLAIN, SECOND, "#a98ee0", "#4fc3d9", "#a6761d", "#c9ced6", "#7b61c4", "#8fa8e8", "#e3b5cf", "#7d8591")
"""Of many lines that are no statuses: blues, purples, brown and greys."""

SEVERITIES = {"critical": "#7a1f5c", "high": "#b0508f", "medium": "#8c7aa9", "low": "#6b7280"}
"""From purple to grey: a severity is no status, and has none of their colours."""
