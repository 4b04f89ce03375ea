"""Whether the server answers, without sending it anything."""

import time
from contextlib import closing

from agent.push.endpoint import Endpoint
from agent.push.messages import request
from agent.push.moments import TOLERATED
from agent.push.settings import Push
from agent.push.snappy import packed

_SECONDS = 10.0


def tried(push: Push) -> str:
    """What the server says to a request without samples, and whether its clock shows what ours does."""
    with closing(Endpoint(push, _SECONDS)) as endpoint:
        answer = endpoint.post(packed(request([], [], 0)))
    if answer.status is None:
        return f"cannot be reached: {answer.said}"
    told = f"answers {answer.said!r} to a request without samples"
    if answer.date is None:
        return f"{told}; what time it is there it does not say"
    ahead = time.time() - answer.date
    if abs(ahead) <= TOLERATED:
        return f"{told}; its clock and this machine's agree"
    way = "ahead of" if ahead > 0 else "behind"
    return f"{told}; this machine's clock is {abs(ahead):.0f} s {way} its clock: nothing is pushed until they agree"
