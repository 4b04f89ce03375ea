"""What AWS says when it does not answer, as readings: not there, may not, not now, not us.

An error code means ``Absent`` only where the call declares it. Everything else is ``Unread`` with a reason that tells the cases apart.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors.api import Call
from collectors.readings import NO_LONGER, Absent, Reading, Unread

DENIED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "UnauthorizedOperation",
        "Client.UnauthorizedOperation",
        "AuthorizationError",
        "AuthorizationErrorException",
        "AuthorizationException",
        "UnauthorizedException",
        "NotAuthorized",
        "Unauthorized",
        "Forbidden",
        "403",
        "AccessDeniedForDependencyException",
        "KMS.AccessDeniedException",
        "AllAccessDisabled",
    ]
)
_NOT_SIGNED_UP = frozenset({"OptInRequired", "SubscriptionRequiredException", "NotSignedUp"})
_EXPIRED = frozenset(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"])
_CLOCK = frozenset(["RequestTimeTooSkewed", "RequestInTheFuture"])
_UNKNOWN_CREDENTIALS = frozenset(
    [
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "AuthFailure",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    ]
)
THROTTLED = frozenset(
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "Client.RequestLimitExceeded",
    ]
)
PASSING = frozenset(
    [
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceError",
        "InternalServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ServiceFailure",
        "RequestTimeout",
        "RequestTimeoutException",
        "Unavailable",
        "DependencyFailureException",
        "ServerException",
    ]
)
_POLICIES = (
    ("service control policy", "a service control policy forbids it"),
    ("resource control policy", "a resource control policy forbids it"),
    ("permissions boundary", "a permissions boundary forbids it"),
    ("session policy", "the session's policy forbids it"),
    ("resource-based policy", "the resource's own policy forbids it"),
    ("explicit deny", "a policy denies it"),
)
_PLAIN = re.compile(r"[^A-Za-z0-9._:-]+")


class Refusal(Exception):  # noqa: N818 - it is what AWS said, not a fault of ours
    """An answer that is an error: its code, AWS' words and the HTTP status."""

    def __init__(self, code: str, message: str, status: int, after: float | None = None) -> None:
        super().__init__(code)
        self.code = _PLAIN.sub("", code)[:80] or str(status)
        self.message = message
        self.status = status
        self.after = after
        """Seconds after which AWS wants to be asked again, where it says so."""
        self.permission = ""
        """What was refused, where it is not the call's own."""

    @property
    def throttled(self) -> bool:
        """Whether we asked too much."""
        return self.code in THROTTLED or self.status == 429

    @property
    def passing(self) -> bool:
        """Whether asking again may help."""
        return self.throttled or self.code in PASSING or self.status >= 500


def refusal(response: Mapping[str, Any]) -> Refusal:
    """Of what botocore made of an error answer."""
    error = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    after = meta.get("HTTPHeaders", {}).get("retry-after", "")
    seconds = float(after) if re.fullmatch(r"\d{1,4}", str(after)) else None
    return Refusal(
        str(error.get("Code", "")), str(error.get("Message", "")), int(meta.get("HTTPStatusCode", 0)), seconds
    )


def reading_of(call: Call, refused: Refusal) -> Reading:
    """What a refusal says about what was asked."""
    api, code = call.api, refused.code
    for codes, how in ((api.gone, NO_LONGER), (api.absent, "")):
        if code in codes or code.rpartition(".")[2] in codes:
            return Absent(f"{how}{api.permission.partition(':')[2]} ({code})")
    if code in _NOT_SIGNED_UP:
        # AWS says the same of an account that it has suspended, and of one that waits for its card to be checked.
        return Unread(f"the account is not signed up for {api.service}, or cannot use it now ({code})")
    where = f" in {call.region}" if call.region else ""
    if code in _CLOCK:
        return Unread(f"the clock of this machine differs from that of AWS ({code})")
    if code in DENIED or (refused.status == 403 and code not in _UNKNOWN_CREDENTIALS | _EXPIRED):
        why = next((told for mark, told in _POLICIES if mark in refused.message.lower()), "")
        return Unread(f"needs {refused.permission or api.permission}{f' ({why})' if why else ''}")
    if code in _EXPIRED:
        return Unread(f"the credentials have expired ({code})")
    if code in _UNKNOWN_CREDENTIALS:
        return Unread(
            f"AWS does not take these credentials{where} ({code}): they are wrong, or the region is switched off"
        )
    if refused.throttled:
        return Unread(f"throttled: {api.permission}{where} was refused time after time ({code})")
    return Unread(f"{api.permission}{where} was answered with {code} (HTTP status {refused.status})")
