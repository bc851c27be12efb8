"""Standard Webhooks: what this signs PyPI `standardwebhooks` verifies, and the other way round."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from moderation.domain.signature import TOLERANCE_S, BadSignatureError, key_of, sign, verify


def secret(byte: int = 7, length: int = 32) -> str:
    return "whsec_" + base64.b64encode(bytes([byte]) * length).decode()


OLD, NEW = secret(1), secret(2)
NOW = 1_790_000_000
BODY = '{"text": "a fine day — 好"}'.encode()


def headers(**changes: str) -> dict[str, str]:
    signed = sign([OLD], "msg_1", NOW, BODY)
    return signed | {name.replace("_", "-"): value for name, value in changes.items()}


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(24, 64))
def test_what_this_signs_the_library_verifies(text: str, length: int) -> None:
    key = secret(9, length)
    body = text.encode()
    signed = sign([key], "msg_1", int(time.time()), body)
    assert Webhook(key).verify(body, signed, json_parse=False) is None
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body + b"x", signed, json_parse=False)


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(24, 64))
def test_what_the_library_signs_this_verifies(text: str, length: int) -> None:
    key = secret(9, length)
    moment = datetime.fromtimestamp(NOW, UTC)
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": Webhook(key).sign("msg_1", moment, text),
    }
    assert verify([key], signed, text.encode(), NOW) == "msg_1"


def test_during_a_rotation_either_secret_will_do() -> None:
    both = sign([OLD, NEW], "msg_1", int(time.time()), BODY)
    for key in (OLD, NEW):
        Webhook(key).verify(BODY, both, json_parse=False)
        assert verify([key], both, BODY, time.time()) == "msg_1"
    assert verify([NEW, OLD], headers(), BODY, NOW) == "msg_1"
    with pytest.raises(BadSignatureError, match="no signature matches"):
        verify([NEW], headers(), BODY, NOW)


@pytest.mark.parametrize("away", [-TOLERANCE_S, 0, TOLERANCE_S])
def test_five_minutes_either_way_are_tolerated(away: int) -> None:
    assert verify([OLD], headers(), BODY, NOW + away) == "msg_1"


@pytest.mark.parametrize("away", [-TOLERANCE_S - 1, TOLERANCE_S + 0.5, 1e9, -1e9])
def test_more_than_five_minutes_are_not(away: float) -> None:
    with pytest.raises(BadSignatureError, match="five minutes"):
        verify([OLD], headers(), BODY, NOW + away)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, ""])
def test_all_three_headers_are_needed(name: str, value: str | None) -> None:
    some = {key: text for key, text in headers().items() if key != name}
    with pytest.raises(BadSignatureError, match="missing"):
        verify([OLD], some | ({name: value} if value is not None else {}), BODY, NOW)


@pytest.mark.parametrize(
    "timestamp",
    [
        *("now", "-1", "1.5", "1e9", " 1790000000", "+1790000000", "1_790_000_000", "0x10"),
        *("9" * 13, "9" * 5000, "١٢٣٤", "²", "\udcff"),
    ],
)
def test_a_timestamp_is_a_few_digits(timestamp: str) -> None:
    with pytest.raises(BadSignatureError, match="number of seconds"):
        verify([OLD], headers(webhook_timestamp=timestamp), BODY, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": "msg_é"},
        {"webhook_id": "\udcff"},
        {"webhook_signature": "v1,é"},
        {"webhook_signature": "v1,\udcff"},
    ],
)
def test_headers_are_ascii(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignatureError, match="ASCII"):
        verify([OLD], headers(**changes), BODY, NOW)


def test_the_right_one_among_several_signatures_is_found() -> None:
    (good,) = [headers()["webhook-signature"]]
    for given_ in (
        f"v1,AAAA {good}",
        f"v1a,xyz  {good} v2,zzz",
        f"garbage , {good}",
        f"{good} v1,",
    ):
        assert verify([OLD], headers(webhook_signature=given_), BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    "alter",
    [
        lambda good: "garbage",
        lambda good: "v1,",
        lambda good: "v1",
        lambda good: ",",
        lambda good: good.removeprefix("v1,"),
        lambda good: good.replace("v1,", "v2,"),
        lambda good: good.replace("v1,", "v1a,"),
        lambda good: good.replace("v1,", "V1,"),
        lambda good: good[:-1],
        lambda good: good + "=",
        lambda good: good.swapcase(),
        lambda good: "v1,v1," + good.removeprefix("v1,"),
        lambda good: " ".join(["v1,AAAA"] * 2000),
    ],
)
def test_anything_else_is_no_signature(alter: object) -> None:
    good = headers()["webhook-signature"]
    with pytest.raises(BadSignatureError, match="no signature matches"):
        verify([OLD], headers(webhook_signature=alter(good)), BODY, NOW)  # type: ignore[operator]


def test_id_time_and_body_are_all_signed() -> None:
    for changes, body in (
        ({"webhook_id": "msg_2"}, BODY),
        ({"webhook_timestamp": str(NOW + 1)}, BODY),
        ({"webhook_timestamp": f"0{NOW}"}, BODY),
        ({}, BODY + b" "),
        ({}, b""),
    ):
        with pytest.raises(BadSignatureError, match="no signature matches"):
            verify([OLD], headers(**changes), body, NOW)


def test_without_secrets_nobody_is_known() -> None:
    with pytest.raises(BadSignatureError):
        verify([], headers(), BODY, NOW)


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
        st.text(st.characters(codec=None), max_size=30) | st.just(str(NOW)),
    ),
    st.binary(max_size=30),
)
def test_garbage_is_refused_and_never_an_error(some: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignatureError) as refused:
        verify([OLD], some, body, NOW)
    assert OLD not in str(refused.value)


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_is_24_to_64_bytes(length: int) -> None:
    assert key_of(secret(7, length)) == bytes([7]) * length
    assert key_of(secret(7, length).removeprefix("whsec_")) == bytes([7]) * length


@pytest.mark.parametrize(
    "bad", ["", "whsec_", secret(7, 23), secret(7, 65), "whsec_not base64!", "whsec_é" * 9, "abc"]
)
def test_any_other_secret_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(ValueError, match=r"secret|ASCII") as refused:
        key_of(bad)
    assert not bad or bad not in str(refused.value)
