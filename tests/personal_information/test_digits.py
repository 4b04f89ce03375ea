import pytest

from collectors.personal_information.digits import counted, luhn, monotonous


def test_exactly_one_of_ten_last_digits_fits() -> None:
    for start in ("7992739871", "453972816394052", "0", "18"):
        assert sum(luhn(f"{start}{last}".encode()) for last in range(10)) == 1


def test_the_example_of_the_standard_fits() -> None:
    assert luhn(b"79927398713")


def test_one_wrong_digit_does_not_fit() -> None:
    number = b"79927398713"
    for place in range(len(number)):
        wrong = bytearray(number)
        wrong[place] = 48 + (wrong[place] - 47) % 10
        assert not luhn(bytes(wrong))


@pytest.mark.parametrize("digits", [b"11111111", b"1111122222", b"4242424242424242", b"1234511111111"])
def test_too_many_of_one_digit_or_of_two_are_monotonous(digits: bytes) -> None:
    assert monotonous(digits)


@pytest.mark.parametrize("digits", [b"1111111", b"111112222", b"1234567890", b"1111111222234"])
def test_seven_of_one_and_four_of_another_are_not(digits: bytes) -> None:
    assert not monotonous(digits)


@pytest.mark.parametrize("digits", [b"123456", b"987654321", b"0123456789012", b"000000", b"7777", b"890123"])
def test_counting_up_or_down_or_not_at_all_is_seen(digits: bytes) -> None:
    assert counted(digits)


@pytest.mark.parametrize("digits", [b"135791", b"123457", b"112233", b"121212"])
def test_anything_else_is_no_counting(digits: bytes) -> None:
    assert not counted(digits)
