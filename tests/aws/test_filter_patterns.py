"""Filter patterns as AWS documents them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from typing import Any

import pytest

from collectors.aws.filter_patterns import PatternError, counted

EVENT: dict[str, Any] = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
}
PEOPLE: dict[str, Any] = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}
LOGIN = {
    "eventName": "ConsoleLogin",
    "errorMessage": "Failed authentication",
    "responseElements": {"ConsoleLogin": "Failure"},
    "latency": 500,
}


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "UpdateTrail" }',
        "{ $.sourceIPAddress != 123.123.* }",
        '{ $.arrayKey[0] = "value" }',
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.ThisFlag IS TRUE }",
        "{ $.eventType = *Trail }",
        '{ $.eventType = "Update*" }',
        "{ $.eventType = *date* }",
        "{ $.eventType = %^Update[A-Z]% }",
    ],
)
def test_documented_patterns_count_the_documented_event(pattern: str) -> None:
    assert counted(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.eventType = updatetrail }",
        "{ $.eventType = Up*Trail }",
        "{ $.ThisFlag IS FALSE }",
        "{ $.arrayKey = value }",
        "{ $.arrayKey != value }",
        "{ $.eventType NOT EXISTS }",
        "{ $.SomeOtherObject = 1 }",
        "{ $.objectList[2].id EXISTS }",
    ],
)
def test_what_does_not_fit_is_not_counted(pattern: str) -> None:
    assert not counted(pattern, EVENT)


@pytest.mark.parametrize(
    ("pattern", "is_counted"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
            False,
        ),
        ("{ $.coordinates[1][0] >= 4 }", True),
        ("{ $.coordinates[1][0] < 10e-3 }", False),
        ("{ $.user.id != 1 }", False),
        ("{ $.user.id > +0 }", True),
    ],
)
def test_conditions_are_joined_as_documented(pattern: str, is_counted: bool) -> None:
    assert counted(pattern, PEOPLE) is is_counted


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "ConsoleLogin Failure",
        '"Failed authentication"',
        'ConsoleLogin "Failed authentication" -Success',
        "?Nothing ?ConsoleLogin",
        '"\\"eventName\\":\\"ConsoleLogin\\""',
        "%Console[A-Z]%",
        '{($.eventName=ConsoleLogin)&&($.errorMessage="Failed authentication")}',
        '{ $.errorMessage = "Failed*" && $.eventName = "ConsoleLogin" }',
        "{ $.responseElements.ConsoleLogin = Failure }",
        "{ $.eventName = ConsoleLogin && $.responseElements.ConsoleLogin != Success }",
        "{ ((($.eventName = ConsoleLogin))) }",
        "{ $.latency >= 500 }",
    ],
)
def test_a_failed_login_is_counted_however_the_pattern_is_written(pattern: str) -> None:
    assert counted(pattern, LOGIN)


@pytest.mark.parametrize("pattern", ["Success", "ConsoleLogin -Failure", "?Nothing ?Success", "consolelogin"])
def test_terms_that_are_not_there_count_nothing(pattern: str) -> None:
    assert not counted(pattern, LOGIN)


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user, ...]",
        "{ $.eventName = ConsoleLogin",
        "{ ($.eventName = ConsoleLogin }",
        "{ $.eventName = }",
        "{ $.eventName ConsoleLogin }",
        "{ }",
        "{ $.latency > high }",
        "{ $.eventName = ConsoleLogin && }",
        "{ $.eventName = ConsoleLogin } }",
        "{ $.eventName = %(a+)+b% }",
        "{ $.eventName = %[% }",
        "{ $.eventName = %.*.*.*x% }",
        "%.*.*x%",
        "{ $.gone.by != x }",
        "term ?other",
        '"not closed',
    ],
)
def test_what_is_not_understood_is_said_to_be_so(pattern: str) -> None:
    with pytest.raises(PatternError):
        counted(pattern, LOGIN)


def test_a_missing_field_matters_only_where_the_rest_leaves_it_open() -> None:
    assert not counted("{ $.gone != x && $.eventName = CreateUser }", LOGIN)
    assert counted("{ $.gone != x || $.eventName = ConsoleLogin }", LOGIN)
