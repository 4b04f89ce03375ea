import pytest

from collectors.host.local_logins import LocalLogin, local_logins
from collectors.readings import Text, Unread


def outcome(text: str) -> object:
    return local_logins.outcome({local_logins.sources[0].key: Text(text)})


def test_of_several_attempts_for_one_user_the_worst_counts() -> None:
    said = "tomcat\tany\t0\trefused\ntomcat\tany\t1\tin\ntomcat\tany\t2\trefused\nredis\tany\t0\tin:protected\nend\n"
    assert outcome(said) == (
        LocalLogin("tomcat", "Tomcat's manager", "tomcat", beyond_loopback=True, let_in=True),
        LocalLogin("tomcat", "Tomcat's manager", "both", beyond_loopback=True),
        LocalLogin("redis", "Redis or Valkey", "", let_in=True),
    )
    (found,) = outcome("tomcat\tany\t0\tunclear:lockout\ntomcat\tany\t1\trefused\nend\n")  # type: ignore[misc]
    assert found.unclear


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomcat\tany\t0\trefused\n",
        "tomcat\tany\t9\tin\nend\n",
        "x\tany\t0\tin\nend\n",
        "redis\tany\t0\tyes\nend\n",
        "redis\teverywhere\t0\tin\nend\n",
        "redis\tany\t0\tunclear:else\nend\n",
    ],
)
def test_what_is_not_understood(text: str) -> None:
    assert isinstance(outcome(text), Unread)
