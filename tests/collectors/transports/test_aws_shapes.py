from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from collectors.kept import mask
from collectors.transports.aws.shapes import misfit

_session = botocore.session.Session()


def shape(service: str, operation: str) -> Any:
    return _session.get_service_model(service).operation_model(operation).output_shape


VOLUMES = shape("ec2", "DescribeVolumes")
KEPT = mask("Volumes{VolumeId Encrypted Size CreateTime Attachments{InstanceId}}")


def volumes(**fields: Any) -> dict[str, Any]:
    good = {"VolumeId": "vol-1", "Encrypted": True, "Size": 8, "CreateTime": datetime.now(UTC), "Attachments": []}
    return {"Volumes": [{**good, **fields}], "NextToken": 5}


def test_an_answer_of_the_types_of_the_model_fits() -> None:
    assert misfit(volumes(), VOLUMES, KEPT) == ""
    assert misfit({}, VOLUMES, KEPT) == ""
    assert misfit(volumes(Attachments=[{"InstanceId": "i-1"}, {}], Encrypted=None), VOLUMES, KEPT) == ""


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"Encrypted": "false"}, "Volumes.Encrypted"),
        ({"Encrypted": 0}, "Volumes.Encrypted"),
        ({"Size": "8"}, "Volumes.Size"),
        ({"Size": True}, "Volumes.Size"),
        ({"VolumeId": ["vol-1"]}, "Volumes.VolumeId"),
        ({"CreateTime": "yesterday"}, "Volumes.CreateTime"),
        ({"Attachments": "none"}, "Volumes.Attachments"),
        ({"Attachments": [None]}, "Volumes.Attachments"),
        ({"Attachments": [{"InstanceId": 5}]}, "Volumes.Attachments.InstanceId"),
    ],
)
def test_a_field_of_another_type_is_named(fields: dict[str, Any], path: str) -> None:
    assert misfit(volumes(**fields), VOLUMES, KEPT) == path


def test_what_is_not_kept_is_not_looked_at() -> None:
    assert misfit(volumes(), VOLUMES, KEPT) == ""
    assert misfit(volumes(), VOLUMES) == "NextToken"


def test_names_that_the_account_chose_are_not_told() -> None:
    functions = shape("lambda", "ListFunctions")
    answer = {"Functions": [{"Environment": {"Variables": {"DB_PASSWORD": 5}}}]}
    assert misfit(answer, functions) == "Functions.Environment.Variables.*"
