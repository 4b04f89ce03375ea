from collections.abc import Iterator

import pytest

from tests.aws_accounts import Account, moto_server, new_account


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def account(moto: str) -> Account:
    return new_account(moto)
