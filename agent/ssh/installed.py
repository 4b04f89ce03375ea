"""Which script must be installed on a host: what the configuration's checks ask, of all that is declared about the host."""

from agent.declarations import bound
from agent.gather import sources_for
from agent.plan import Plan
from collectors.collector import Platform
from collectors.sources import Source


def sources_of(plan: Plan, asset: str) -> tuple[Source, ...]:
    """What the script on a host reads. The filters of a command line take nothing away from it, and add nothing."""
    asked, _ = bound(sources_for(plan.catalogue, plan.standing, Platform.LINUX), plan.personal_information.on(asset))
    return tuple(asked)
