import pytest

from checks.portable.cipher_strength import weakness
from collectors.host.block_tree import Cipher


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("aes-xts-plain64", 512),
        ("aes-xts-plain64", 256),
        ("aes-cbc-essiv:sha256", 128),
        ("serpent-xts-plain64", 512),
        ("aes-lrw-benbi", 256),
        ("aes:64-cbc-lmk", 8192),
        ("xchacha12,aes-adiantum-plain64", 256),
        ("capi:xts(aes)-plain64", 512),
        ("capi:essiv(cbc(aes),sha256)-plain64", 256),
        ("capi:authenc(hmac(sha256),xts(aes))-plain64", 768),
        ("capi:gcm(aes)-random", 256),
        ("capi:rfc7539(chacha20,poly1305)-random", 256),
        ("aes-cbc-eboiv", 128),
    ],
)
def test_strong(name: str, bits: int) -> None:
    assert weakness(Cipher(name, bits), 128) == ""


@pytest.mark.parametrize(
    ("name", "bits", "reason"),
    [
        ("cipher_null-ecb", 0, "changes nothing"),
        ("capi:ecb(cipher_null)-null", 0, "changes nothing"),
        ("aes-cbc-plain", 256, "initial vectors"),
        ("aes", 256, "initial vectors"),
        ("capi:cbc(aes)-plain64", 256, "initial vectors"),
        ("aes-ecb", 256, "equal blocks"),
        ("aes-cbc-null", 256, "begins the same way"),
        ("des-cbc-essiv:md5", 64, "56 bits"),
        ("des3_ede-cbc-essiv:sha256", 192, "112 bits"),
        ("blowfish-cbc-essiv:sha256", 256, "64 bits"),
        ("aes-xts-plain64", 128, "worth 64 bits"),
        ("aes-lrw-benbi", 200, "worth 72 bits"),
        ("capi:authenc(hmac(sha256),xts(aes))-plain64", 256 + 128, "worth 64 bits"),
        ("aes:64-cbc-lmk", 4096, "worth 64 bits"),
    ],
)
def test_weak(name: str, bits: int, reason: str) -> None:
    assert reason in (weakness(Cipher(name, bits), 128) or "")


@pytest.mark.parametrize("name", ["novel-xts-plain64", "aes-novel-plain64", "capi:novel(aes)-plain64", "-", "aes-"])
def test_what_is_not_known_is_neither(name: str) -> None:
    assert weakness(Cipher(name, 512), 128) is None
