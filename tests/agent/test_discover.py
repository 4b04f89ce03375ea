from agent.discover import Catalogue, consistency_faults, discover
from collectors.collector import Fact, collector
from collectors.sources import Command, Source


class One(Fact):
    """A fact."""


class Other(Fact):
    """Another one."""


def catalogue(first: Source, second: Source) -> Catalogue:
    @collector(first)
    def one(text: str) -> One:
        return One()

    @collector(second)
    def other(text: str) -> Other:
        return Other()

    return Catalogue((one, other), ())


def test_two_sources_of_one_key_are_a_fault() -> None:
    asked = Command("sh -c x", name="the same")
    assert consistency_faults(catalogue(asked, Command("sh -c x", name="the same"))) == []
    (fault,) = consistency_faults(catalogue(asked, Command("sh -c y", name="the same")))
    assert "command:the same" in fault
    assert consistency_faults(discover()) == []
