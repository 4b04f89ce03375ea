"""What follows from the answers of an account: calls, then facts, then what was not seen, each for exactly its subject."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from collectors.api import ACCOUNT, ITEM, Answer, Api, Batch, Call, Item, Items, Of, Place, Row, Rows, call_of
from collectors.aws.resource import Resource
from collectors.collector import ApiCollector, Gone, Unseen, aws_collector
from collectors.readings import NO_LONGER, NOT_OFFERED, Absent, Reading, Text, Unread
from collectors.resolving import Resolver, Scope

LIST = Api("toy", "ListToys", "Toys{Id Home Kind}")
TOYS = Items(LIST, "Toys", "arn:{partition}:toy:{region}:{account}:{Id}")
SHAPE = Api("toy", "DescribeShape", "Shape{Corners}", {"Toy": Of("Id")}, absent=("NoShape",))
KINDS = Api("toy", "ListKinds", "Kinds{Name Safe}", where=ACCOUNT)
SCOPE = Scope("111111111111", "aws", ("r1", "r2"))


@dataclass(frozen=True, kw_only=True)
class Toy(Resource):
    corners: int = 0
    safe: bool = False


@aws_collector(SHAPE, each=TOYS)
def shapes(toy: Item, shape: Answer | None) -> Toy:
    return Toy(arn=toy.arn, region=toy.region, corners=shape["Shape"]["Corners"] if shape else 0)


@aws_collector(SHAPE, each=TOYS)
def needed_shapes(toy: Item, shape: Answer) -> Toy:
    return Toy(arn=toy.arn, region=toy.region, corners=shape["Shape"]["Corners"])


def text(value: Any) -> Text:
    return Text(json.dumps(value))


def key(api: Api, region: str, **fields: str) -> str:
    at = Place("aws", "111111111111", region)
    return call_of(api, at, Item(fields, "", at)).key


def everything(collector: ApiCollector, answers: dict[str, Reading]) -> tuple[Any, list[str]]:
    """Ask until nothing is missing: what is known, and all calls in the order in which they were asked."""
    readings: dict[str, Reading] = {}
    asked: list[str] = []
    resolver = Resolver(SCOPE, readings)
    for _ in range(6):
        calls = {
            call.key: call for region in resolver.regions_of(collector) for call in resolver.missing(collector, region)
        }
        if not calls:
            return resolver.outcome(collector)[0], asked
        for name in calls:
            asked.append(name)
            readings[name] = answers.get(name, Unread(f"nobody answers {name}"))
    raise AssertionError("it does not end")


TWO = {
    key(LIST, "r1"): text({"Toys": [{"Id": "a"}, {"Id": "b"}]}),
    key(LIST, "r2"): text({"Toys": []}),
    key(SHAPE, "r1", Id="a"): text({"Shape": {"Corners": 3}}),
    key(SHAPE, "r1", Id="b"): text({"Shape": {"Corners": 4}}),
}


def arn(name: str, region: str = "r1") -> str:
    return f"arn:aws:toy:{region}:111111111111:{name}"


def test_calls_follow_from_answers_and_each_is_asked_once() -> None:
    known, asked = everything(shapes, TWO)
    assert [(one.arn, one.corners) for one in known] == [(arn("a"), 3), (arn("b"), 4)]
    assert len(asked) == len(set(asked)) == 4


def test_one_that_is_not_seen_is_one_and_the_others_are_known() -> None:
    known, _ = everything(shapes, {**TWO, key(SHAPE, "r1", Id="a"): Unread("needs toy:DescribeShape")})
    assert known == (Unseen(arn("a"), "needs toy:DescribeShape", "r1"), Toy(arn=arn("b"), region="r1", corners=4))


def test_a_listing_that_is_not_seen_is_its_region() -> None:
    known, _ = everything(shapes, {**TWO, key(LIST, "r2"): Unread("needs toy:ListToys")})
    assert [one.subject for one in known] == [arn("a"), arn("b"), "r2"]
    assert known[2] == Unseen("r2", "needs toy:ListToys", "r2")


def test_what_is_said_not_to_be_there_is_for_the_parser_where_it_judges_absence() -> None:
    answers = {**TWO, key(SHAPE, "r1", Id="a"): Absent("NoShape")}
    assert everything(shapes, answers)[0][0] == Toy(arn=arn("a"), region="r1", corners=0)
    assert everything(needed_shapes, answers)[0][0] == Gone(arn("a"), "NoShape", "r1")


def test_a_service_that_a_region_does_not_have_has_nothing_there() -> None:
    known, _ = everything(shapes, {**TWO, key(LIST, "r2"): Absent(f"{NOT_OFFERED}called toy in r2")})
    assert [one.subject for one in known] == [arn("a"), arn("b")]


@pytest.mark.parametrize("answer", ["null", "[]", "{", '"x"', "1", "{}"])
def test_an_answer_that_is_no_object_is_not_understood(answer: str) -> None:
    known, _ = everything(shapes, {**TWO, key(SHAPE, "r1", Id="a"): Text(answer)})
    assert isinstance(known[0], Unseen)
    assert "not understood" in known[0].reason
    assert isinstance(known[1], Toy)


def test_a_parser_that_raises_blinds_its_subject_only() -> None:
    known, _ = everything(shapes, {**TWO, key(SHAPE, "r1", Id="a"): text({"Shape": {}})})
    assert isinstance(known[0], Unseen)
    assert "KeyError in shapes" in known[0].reason
    assert isinstance(known[1], Toy)


def test_regions_that_are_not_known_leave_everything_regional_unseen() -> None:
    blind = Scope("111111111111", "aws", Unread("needs ec2:DescribeRegions"))
    assert Resolver(blind, {}).outcome(shapes)[0] == Unread("needs ec2:DescribeRegions")


def test_a_row_of_a_listing_is_found_for_each_item_with_one_call() -> None:
    @aws_collector(Row(KINDS, "Kinds", "Name", Of("Kind")), each=TOYS)
    def kinds(toy: Item, kind: Answer | None) -> Toy:
        return Toy(arn=toy.arn, safe=kind is not None and kind["Safe"])

    toys = [{"Id": str(number), "Kind": f"k{number % 3}"} for number in range(30)]
    answers = {
        key(LIST, "r1"): text({"Toys": toys}),
        key(LIST, "r2"): text({"Toys": [{"Id": "z", "Kind": "none"}]}),
        key(KINDS, ""): text({"Kinds": [{"Name": "k0", "Safe": True}, {"Name": "k1", "Safe": False}]}),
    }
    known, asked = everything(kinds, answers)
    assert len(asked) == 3
    assert [one.safe for one in known] == [number % 3 == 0 for number in range(30)] + [False]
    denied, _ = everything(kinds, {**answers, key(KINDS, ""): Unread("needs toy:ListKinds")})
    assert {type(one) for one in denied} == {Unseen}
    assert len(denied) == 31


def test_rows_are_all_that_are_about_the_item() -> None:
    @aws_collector(Rows(KINDS, "Kinds", "Name", Of("Kind")), each=TOYS)
    def kinds(toy: Item, about: tuple[Answer, ...]) -> Toy:
        return Toy(arn=toy.arn, corners=len(about))

    answers = {
        key(LIST, "r1"): text({"Toys": [{"Id": "a", "Kind": "x"}, {"Id": "b", "Kind": "y"}]}),
        key(LIST, "r2"): text({"Toys": []}),
        key(KINDS, ""): text({"Kinds": [{"Name": "x"}, {"Name": "x"}, {"Name": "z"}]}),
    }
    assert [one.corners for one in everything(kinds, answers)[0]] == [2, 0]


def test_many_items_are_asked_about_in_a_few_calls() -> None:
    many = Api("toy", "BatchGetShapes", "Shapes{Id Corners}", {"Ids": []})

    @aws_collector(Batch(many, "Ids", Of("Id"), "Shapes", "Id", most=10), each=TOYS)
    def batched(toy: Item, shape: Answer | None) -> Toy:
        return Toy(arn=toy.arn, corners=shape["Corners"] if shape else -1)

    names = [f"t{number:02}" for number in range(25)]
    answers: dict[str, Reading] = {
        key(LIST, "r1"): text({"Toys": [{"Id": name} for name in names]}),
        key(LIST, "r2"): text({"Toys": []}),
    }
    for start in (0, 10, 20):
        chunk = names[start : start + 10]
        shapes = [{"Id": name, "Corners": 1} for name in chunk if name != "t03"]
        answers[Call(many, "r1", {"Ids": chunk}).key] = text({"Shapes": shapes})
    known, asked = everything(batched, answers)
    assert len(asked) == 5
    assert [one.corners for one in known] == [-1 if name == "t03" else 1 for name in names]
    denied = {**answers, Call(many, "r1", {"Ids": names[:10]}).key: Unread("throttled")}
    assert [type(one) for one in everything(batched, denied)[0]] == [Unseen] * 10 + [Toy] * 15


def test_items_are_asked_about_their_own_items_in_their_own_region() -> None:
    homes = Api("toy", "ListToys", "Toys{Id Home}", where=ACCOUNT)
    parents = Items(homes, "Toys", "toy:{Id}", region="Home")
    parts = Api("toy", "ListParts", "Parts{Name}", {"Toy": Of("Id")}, where=ITEM)
    below = Items(parts, "Parts", "{parent[Id]}/{Name}", of=parents)
    detail = Api("toy", "DescribePart", "Part{Size}", {"Toy": Of("parent.Id"), "Part": Of("Name")}, where=ITEM)

    @aws_collector(detail, each=below)
    def sizes(part: Item, told: Answer) -> Toy:
        return Toy(arn=part.arn, region=part.region, corners=told["Part"]["Size"])

    answers = {
        "aws:global:toy:ListToys": text({"Toys": [{"Id": "a", "Home": "r1"}, {"Id": "b"}]}),
        'aws:r1:toy:ListParts {"Toy": "a"}': text({"Parts": [{"Name": "x"}, {"Name": "y"}]}),
        'aws:global:toy:ListParts {"Toy": "b"}': Unread("needs toy:ListParts"),
        'aws:r1:toy:DescribePart {"Part": "x", "Toy": "a"}': text({"Part": {"Size": 7}}),
        'aws:r1:toy:DescribePart {"Part": "y", "Toy": "a"}': Unread("throttled"),
    }
    assert sizes.regional is False
    known, asked = everything(sizes, answers)
    assert len(asked) == 5
    assert known == (
        Toy(arn="a/x", region="r1", corners=7),
        Unseen("a/y", "throttled", "r1"),
        Unseen("toy:b", "needs toy:ListParts", ""),
    )


ANYWHERE = Items(LIST, "Toys", "arn:{partition}:toy:{region}:{account}:{Id}", region="Home")
COLOUR = Api("toy", "GetColour", "Colour", {"Toy": Of("Id")}, where=ITEM)


@aws_collector(COLOUR, each=ANYWHERE)
def coloured_toys(toy: Item, colour: Answer) -> Toy:
    return Toy(arn=toy.arn, region=toy.region, corners=colour["Colour"])


def test_what_several_regions_list_is_asked_about_at_home_and_known_once() -> None:
    listed = text({"Toys": [{"Id": "a", "Home": "r2"}]})
    answers = {key(LIST, "r1"): listed, key(LIST, "r2"): listed, key(COLOUR, "r2", Id="a"): text({"Colour": 7})}
    known, asked = everything(coloured_toys, answers)
    assert known == (Toy(arn="arn:aws:toy:r2:111111111111:a", region="r2", corners=7),)
    assert len(asked) == 3


def test_what_one_region_lists_is_known_though_another_is_not_seen() -> None:
    listed = text({"Toys": [{"Id": "a", "Home": "r2"}]})
    answers = {key(LIST, "r1"): listed, key(COLOUR, "r2", Id="a"): text({"Colour": 7})}
    known, _ = everything(coloured_toys, {**answers, key(LIST, "r2"): Unread("needs toy:ListToys")})
    assert known[0] == Toy(arn="arn:aws:toy:r2:111111111111:a", region="r2", corners=7)
    assert known[1:] == (Unseen("r2", "needs toy:ListToys", "r2"),)


def test_an_item_without_the_field_that_a_call_needs_is_not_understood() -> None:
    known, _ = everything(shapes, {**TWO, key(LIST, "r1"): text({"Toys": [{"Name": "a"}]})})
    assert [type(one) for one in known] == [Unseen]
    assert "not understood" in known[0].reason


def test_a_fact_of_a_place_is_asked_for_once_for_each_region() -> None:
    switch = Api("toy", "GetSwitch", "On", absent=("NoSwitch",))

    @aws_collector(switch)
    def switches(at: Place, told: Answer | None) -> Toy:
        return Toy(region=at.region, safe=told is not None and told["On"])

    known, _ = everything(switches, {key(switch, "r1"): text({"On": True}), key(switch, "r2"): Absent("NoSwitch")})
    assert [(one.subject, one.safe) for one in known] == [("r1", True), ("r2", False)]


@pytest.mark.parametrize("why", [f"{NOT_OFFERED}called toy in r2"])
def test_a_service_that_a_region_does_not_have_is_not_switched_off_there(why: str) -> None:
    switch = Api("toy", "GetSwitch", "On", absent=("NoSwitch",))

    @aws_collector(switch)
    def switches(at: Place, told: Answer | None) -> Toy:
        return Toy(region=at.region, safe=told is not None and told["On"])

    known, _ = everything(switches, {key(switch, "r1"): Absent("GetSwitch (NoSwitch)"), key(switch, "r2"): Absent(why)})
    assert [(one.subject, one.safe) for one in known] == [("r1", False)]


def test_what_is_no_longer_there_does_not_lack_anything() -> None:
    deleted = Absent(f"{NO_LONGER}DescribeShape (NoToy)")
    answers = {
        key(LIST, "r1"): text({"Toys": [{"Id": "a"}, {"Id": "b"}]}),
        key(LIST, "r2"): text({"Toys": []}),
        key(SHAPE, "r1", Id="a"): Absent("DescribeShape (NoShape)"),
        key(SHAPE, "r1", Id="b"): deleted,
    }
    known, _ = everything(shapes, answers)
    assert known == (
        Toy(arn="arn:aws:toy:r1:111111111111:a", region="r1"),
        Gone("arn:aws:toy:r1:111111111111:b", deleted.what, "r1"),
    )


def test_a_collector_says_what_it_is_asked_for() -> None:
    with pytest.raises(TypeError, match="first parameter"):

        @aws_collector(SHAPE, each=TOYS)
        def wrong(at: Place, shape: Answer) -> Toy:
            raise NotImplementedError

    with pytest.raises(TypeError, match="takes 0 answers"):

        @aws_collector(SHAPE, each=TOYS)
        def fewer(toy: Item) -> Toy:
            raise NotImplementedError
