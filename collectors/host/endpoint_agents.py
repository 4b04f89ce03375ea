"""What endpoint agents say of themselves: whether they protect, report to their console and are up to date.

Only the words that a fact keeps leave the target: what the agents print holds identifiers of the machine and the organization,
and SentinelOne's the site key.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import Command

DEFENDER, FALCON, SENTINEL = "Microsoft Defender", "CrowdStrike Falcon", "SentinelOne"
_TOLD = (
    "healthy licensed real_time_protection_enabled real_time_protection_available passive_mode_enabled definitions_status "
    "definitions_updated_minutes_ago automatic_definition_update_enabled"
)
_MDATP = r"""
said=$(mdatp health) || { printf '%s\n' "$said" >&2; exit 1; }
printf '%s\n' "$said" | awk -v told="TOLD" '
  BEGIN { count = split(told, names, " "); for (i = 1; i <= count; i++) wanted[names[i]] }
  { key = $1; sub(/:$/, "", key); value = $0; sub(/^[^:]*:[ \t]*/, "", value); gsub(/"/, "", value); sub(/[ \t].*/, "", value)
    if (key in wanted) print key, value }'
""".replace("TOLD", _TOLD)
_FALCONCTL = r"""
said=$(/opt/CrowdStrike/falconctl -g --aid --rfm-state) || { printf '%s\n' "$said" >&2; exit 1; }
case $said in *aid=\"????????????????????????????????\"*) echo aid true;; *'aid is not set'*) echo aid false;; esac
case $said in *rfm-state=true*) echo rfm true;; *rfm-state=false*) echo rfm false;; esac
"""
_SENTINELCTL = r"""
said=$(/opt/sentinelone/bin/sentinelctl management status) || exit 1
printf '%s\n' "$said" | awk 'tolower($1) ~ /^connectivity:?$/ { print "connectivity", tolower($2) }'
"""
# Each may start a client of its daemon, which waits for an answer.
_SECONDS = 5


@dataclass(frozen=True)
class EndpointAgent:
    """One agent, as it answers for itself; None where it does not tell."""

    name: str
    protects: bool | None = None
    """Whether it stops what it finds, as it happens."""
    reports: bool | None = None
    """Whether it is enrolled and in touch with its console."""
    definitions_minutes: int | None = None
    """Age of its virus definitions."""
    has_definitions: bool = True
    """Whether it works with definitions at all; those that judge behaviour have none to be renewed."""
    updates_itself: bool | None = None
    """Whether it fetches definitions by itself."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What it said, reduced to the words that are judged."""


@dataclass(frozen=True)
class EndpointAgents(Fact):
    """The agents that could be asked; none where none of them is installed."""

    agents: tuple[EndpointAgent, ...] = ()

    def named(self, name: str) -> EndpointAgent | None:
        """One of them."""
        return next((one for one in self.agents if one.name == name), None)


def _asked(script: str, needs: str, name: str) -> Command:
    return Command(shlex.join(["sh", "-c", script]), name=name, needs=needs, seconds=_SECONDS, live=True)


@collector(
    _asked(_MDATP, "mdatp", "health of Microsoft Defender"),
    _asked(_FALCONCTL, "/opt/CrowdStrike/falconctl", "state of CrowdStrike Falcon"),
    _asked(_SENTINELCTL, "/opt/sentinelone/bin/sentinelctl", "state of SentinelOne"),
)
def endpoint_agents(defender: str | None, falcon: str | None, sentinel: str | None) -> EndpointAgents:
    """``mdatp health`` prints ``key : value``, strings in quotes, ``[managed]`` behind what the organization set; ``falconctl -g``
    prints ``aid="..."`` and ``rfm-state=false``; ``sentinelctl management status`` has a line of the connectivity.
    """
    made = []
    if defender is not None:
        made.append(_defender(_words(defender)))
    if falcon is not None:
        made.append(_falcon(_words(falcon)))
    if sentinel is not None:
        made.append(_sentinel(_words(sentinel)))
    return EndpointAgents(tuple(made))


def _words(said: str) -> dict[str, str]:
    words = dict(line.split(" ", 1) for line in said.splitlines())
    if not words:
        raise ValueError("the agent said nothing of what is asked")
    return words


def _flag(words: Mapping[str, str], name: str, true: str = "true", false: str = "false") -> bool | None:
    """What was said, or None where nothing was; ``ValueError`` for another word."""
    if name not in words:
        return None
    if words[name] not in (true, false):
        raise ValueError(f"{name} is neither {true} nor {false}")
    return words[name] == true


def _defender(words: Mapping[str, str]) -> EndpointAgent:
    guards = [
        _flag(words, name) for name in ("real_time_protection_enabled", "real_time_protection_available", "healthy")
    ]
    passive = _flag(words, "passive_mode_enabled")
    minutes = words.get("definitions_updated_minutes_ago")
    return EndpointAgent(
        DEFENDER,
        protects=False if passive or False in guards else True if guards[0] else None,
        reports=_flag(words, "licensed"),
        definitions_minutes=int(minutes) if minutes is not None and minutes.isdigit() else None,
        updates_itself=_flag(words, "automatic_definition_update_enabled"),
        told=words,
    )


def _falcon(words: Mapping[str, str]) -> EndpointAgent:
    """In reduced functionality mode (a kernel that it does not know) it sees nothing, but still reports that it is there."""
    reduced = _flag(words, "rfm")
    return EndpointAgent(
        FALCON, None if reduced is None else not reduced, _flag(words, "aid"), has_definitions=False, told=words
    )


def _sentinel(words: Mapping[str, str]) -> EndpointAgent:
    return EndpointAgent(SENTINEL, None, _flag(words, "connectivity", "on", "off"), has_definitions=False, told=words)
