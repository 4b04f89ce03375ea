"""What is told of what watches an account, where not all of it can be seen."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from collectors.readings import Absent, Unread
from tests.aws_accounts import NOBODY, judged, statuses

_SPEC = importlib.util.spec_from_file_location("recorded", Path(__file__).parent / "recorded" / "monitoring.py")
assert _SPEC is not None
assert _SPEC.loader is not None
recorded = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(recorded)

DENIED = Unread("needs cloudtrail:DescribeTrails (a service control policy forbids it)")
MANAGEMENT_ACCOUNT = "999999999999"
OF_THE_ORGANIZATION = recorded.ARN.replace(NOBODY, MANAGEMENT_ACCOUNT)


def one(answers: dict[str, Any], check: str, regions: tuple[str, ...] = recorded.BOTH, **more: Any) -> tuple[str, str]:
    """Status and reason of the one finding."""
    (finding,) = judged(answers, check, regions=regions, **more)
    return finding.status.value, finding.verdict.reason


def test_a_region_that_cannot_be_seen_does_not_spoil_what_another_proves() -> None:
    answers = {**recorded.recording(), "us-west-2 cloudtrail:DescribeTrails": DENIED}
    assert one(answers, recorded.RECORDS, regions=("us-east-1", "us-west-2"))[0] == "pass"


def test_one_region_is_enough_to_know_that_there_is_no_trail_of_all_regions() -> None:
    answers = {**recorded.trails(), "us-west-2 cloudtrail:DescribeTrails": DENIED}
    status, reason = one(answers, recorded.RECORDS, regions=("us-east-1", "us-west-2"))
    assert (status, reason) == ("fail", "there is no trail of all regions")


def test_without_any_region_nothing_is_known_of_trails() -> None:
    answers = {"us-east-1 cloudtrail:DescribeTrails": DENIED}
    for check in (recorded.RECORDS, recorded.OBJECTS, recorded.LOGINS, recorded.MISUSE):
        assert one(answers, check, regions=("us-east-1",)) == ("unknown", DENIED.reason)


def test_a_trail_that_all_regions_list_is_one_subject() -> None:
    answers = recorded.trails(recorded.TRAIL, regions=("us-east-1", "us-west-2", "eu-west-1"))
    told = statuses(
        judged(answers, "trails-keep-digests-of-their-log", regions=("us-east-1", "us-west-2", "eu-west-1"))
    )
    assert told == {"trails-keep-digests-of-their-log": {recorded.ARN: "pass"}}


def organizations_trail(**more: Any) -> dict[str, Any]:
    trail = {**recorded.TRAIL, "TrailARN": OF_THE_ORGANIZATION, **more}
    selectors = Unread("cloudtrail:GetEventSelectors in eu-west-1 was answered with TrailNotFoundException")
    return {
        **recorded.trails(trail),
        recorded.STATUS.replace(recorded.ARN, OF_THE_ORGANIZATION): {"IsLogging": True},
        recorded.SELECTORS.replace(recorded.ARN, OF_THE_ORGANIZATION): selectors,
    }


def test_what_the_trail_of_the_organization_records_is_unknown_where_a_member_may_not_see_it() -> None:
    status, reason = one(organizations_trail(), recorded.RECORDS)
    assert status == "unknown"
    assert OF_THE_ORGANIZATION in reason


def test_a_trail_without_a_log_group_raises_no_alarm_whatever_it_records() -> None:
    assert one(organizations_trail(CloudWatchLogsLogGroupArn=None), recorded.LOGINS)[0] == "fail"


def test_a_trail_of_ones_own_is_enough_beside_that_of_the_organization() -> None:
    answers = {**organizations_trail(), **recorded.recording()}
    answers["us-east-1 cloudtrail:DescribeTrails"] = {
        "trailList": [recorded.TRAIL, {**recorded.TRAIL, "TrailARN": OF_THE_ORGANIZATION}]
    }
    assert one(answers, recorded.RECORDS)[0] == "pass"


def test_alarms_on_a_log_group_of_another_account_are_unknown_even_where_one_here_has_its_name() -> None:
    group = recorded.GROUP.replace(NOBODY, MANAGEMENT_ACCOUNT)
    answers = {
        **recorded.LOGIN_FILTER,
        **recorded.alarms(recorded.alarm("logins")),
        **recorded.trails({**recorded.TRAIL, "CloudWatchLogsLogGroupArn": group}),
    }
    status, reason = one(answers, recorded.LOGINS)
    assert status == "unknown"
    assert MANAGEMENT_ACCOUNT in reason


def test_a_filter_of_parentheses_without_end_is_not_understood_and_harms_nobody_else() -> None:
    deep = "{" + "(" * 500 + "$.a = 1" + ")" * 500 + "}"
    answers = {**recorded.recording(), **recorded.filters(logins=recorded.CIS["logins"], deep=deep)}
    answers |= recorded.alarms(recorded.alarm("logins"), recorded.alarm("deep"))
    assert one(answers, recorded.LOGINS)[0] == "pass"
    status, reason = one(answers, recorded.MISUSE)
    assert (status, reason) == ("unknown", "not understood: the patterns of the filters deep")


def test_whether_anybody_hears_of_an_alarm_is_unknown_where_topics_cannot_be_seen() -> None:
    answers = {**recorded.LOGIN_FILTER, **recorded.alarms(recorded.alarm("logins"))}
    denied = {**answers, f"{recorded.HOME} sns:ListTopics": Unread("needs sns:ListTopics")}
    assert one(denied, recorded.LOGINS) == ("unknown", "needs sns:ListTopics")
    status, reason = one(answers, recorded.LOGINS, regions=("us-east-1",))
    assert status == "unknown"
    assert "not scanned" in reason


def test_a_trail_that_leaves_out_keys_tells_of_logins_and_not_of_keys() -> None:
    selectors = [{**recorded.ALL[0], "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
    answers = {**recorded.recording(selectors), **recorded.filters(**recorded.CIS)}
    answers |= recorded.alarms(*map(recorded.alarm, recorded.CIS))
    assert one(answers, recorded.LOGINS)[0] == "pass"
    (finding,) = judged(answers, recorded.MISUSE, regions=recorded.BOTH)
    assert finding.verdict.observed == {"silent": "keys"}


def test_several_filters_may_share_what_one_misuse_is_made_of() -> None:
    by_root = '{ $.userIdentity.type = "Root" && $.eventName = ConsoleLogin }'
    by_users = '{ $.userIdentity.type = "IAMUser" && $.responseElements.ConsoleLogin = "Failure" }'
    alarms = recorded.alarms(recorded.alarm("root"), recorded.alarm("users"))
    both = {**recorded.recording(), **recorded.filters(root=by_root, users=by_users), **alarms}
    half = {**recorded.recording(), **recorded.filters(users=by_users), **alarms}
    assert one(both, recorded.LOGINS)[0] == "pass"
    assert one(half, recorded.LOGINS)[0] == "fail"


def test_a_setting_that_names_no_misuse_is_told() -> None:
    status, reason = one(
        recorded.recording(), recorded.MISUSE, misuse_raises_a_cloudwatch_alarm={"required": ("rooot",)}
    )
    assert status == "unknown"
    assert "rooot" in reason


PRIVATE = "trails-write-to-private-buckets"
BLOCK = f'global s3control:GetPublicAccessBlock {{"AccountId": "{NOBODY}"}}'
NO_BUCKET: dict[str, Any] = {'global s3:ListBuckets {"MaxBuckets": 1000}': {"Buckets": []}, BLOCK: Absent()}


def test_a_bucket_of_another_account_is_unknown_for_a_trail_of_ones_own() -> None:
    status, reason = one({**recorded.trails(recorded.TRAIL), **NO_BUCKET}, PRIVATE, regions=("us-east-1",))
    assert status == "unknown"
    assert "is not one of this account's" in reason


def test_the_bucket_of_the_organizations_trail_is_a_matter_of_the_account_that_has_it() -> None:
    assert one({**organizations_trail(), **NO_BUCKET}, PRIVATE, regions=("us-east-1",))[0] == "not_applicable"


def test_the_bucket_of_a_trail_that_cannot_be_seen_is_unknown() -> None:
    answers = {**recorded.trails(recorded.TRAIL), BLOCK: Absent()}
    listed = {
        "Buckets": [{"Name": "logs", "BucketRegion": "eu-west-1"}, {"Name": "other", "BucketRegion": "eu-west-1"}]
    }
    unlisted = {**answers, 'global s3:ListBuckets {"MaxBuckets": 1000}': Unread("needs s3:ListAllMyBuckets")}
    denied = {**answers, 'global s3:ListBuckets {"MaxBuckets": 1000}': listed}
    for operation in ("GetBucketPolicyStatus", "GetBucketAcl", "GetPublicAccessBlock"):
        denied[f'eu-west-1 s3:{operation} {{"Bucket": "logs"}}'] = Unread(f"needs s3:{operation}")
        denied[f'eu-west-1 s3:{operation} {{"Bucket": "other"}}'] = Absent()
    assert one(unlisted, PRIVATE, regions=("us-east-1",)) == ("unknown", "needs s3:ListAllMyBuckets")
    status, reason = one(denied, PRIVATE, regions=("us-east-1",))
    assert status == "unknown"
    assert "needs s3:GetBucketAcl" in reason


@pytest.mark.parametrize(
    ("missing", "check"),
    [("IsMultiRegionTrail", recorded.RECORDS), ("LogFileValidationEnabled", "trails-keep-digests-of-their-log")],
)
def test_a_trail_that_is_not_understood_is_unknown(missing: str, check: str) -> None:
    trail = {name: value for name, value in recorded.TRAIL.items() if name != missing}
    status, reason = one(recorded.trails(trail), check, regions=("us-east-1",))
    assert status == "unknown"
    assert reason.startswith("not understood: cloudtrail:DescribeTrails (KeyError")


def test_a_detector_that_cannot_be_seen_is_unknown_in_its_region_alone() -> None:
    answers = {
        **recorded.detector(),
        "us-west-2 guardduty:ListDetectors": {"DetectorIds": ["d2"]},
        'us-west-2 guardduty:GetDetector {"DetectorId": "d2"}': Unread("needs guardduty:GetDetector"),
    }
    found = judged(answers, "guardduty-is-on", regions=("us-east-1", "us-west-2"))
    assert {one.subject: one.verdict.reason for one in found} == {
        "us-east-1": "",
        "us-west-2": "needs guardduty:GetDetector",
    }
    assert statuses(found) == {"guardduty-is-on": {"us-east-1": "pass", "us-west-2": "unknown"}}


def test_a_recorder_whose_status_is_missing_is_unknown() -> None:
    answers = recorded.recorder(recorded.EVERYTHING)
    answers["us-east-1 config:DescribeConfigurationRecorderStatus"] = {"ConfigurationRecordersStatus": []}
    assert one(answers, recorded.CONFIG, regions=("us-east-1",))[0] == "unknown"


def test_an_account_that_inspector_does_not_tell_of_is_unknown() -> None:
    answers = {f'us-east-1 inspector2:BatchGetAccountStatus {{"accountIds": ["{NOBODY}"]}}': {"accounts": []}}
    assert one(answers, "inspector-is-on", regions=("us-east-1",))[0] == "unknown"


def test_who_the_security_contact_is_is_not_kept(account: Any) -> None:
    account.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        EmailAddress="ann@example.org",
        Name="Ann Example",
        PhoneNumber="5550100",
        Title="Ms",
    )
    kept = str(account.snapshot(("aws-knows-a-security-contact",)).readings)
    assert "SECURITY" in kept
    assert not any(word in kept for word in ("ann@", "Example", "5550100"))
