"""The page's settings: what they refuse, and how they are kept."""

from __future__ import annotations

import json

import pytest

from moderation.configuration import SettingsError, load


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("PUBLIC_URL", "moderation.example", "public_url"),
        ("PUBLIC_URL", "https://u:p@moderation.example", "public_url"),
        ("PUBLIC_URL", "https://moderation.example/path", "public_url"),
        ("PROXIES", '["proxy.example"]', "proxies[0]"),
        ("PROXIES", '["10.0.0.1/8"]', "proxies[0]"),
        ("SESSION_H", "0", "session_h"),
        ("REJECT_REASONS", "[]", "reject_reasons"),
        ("REJECT_REASONS", '[{"code": "A b", "label": "x"}]', "reject_reasons[0].code"),
        (
            "REJECT_REASONS",
            '[{"code": "spam", "label": "x"}, {"code": "spam", "label": "y"}]',
            "reject_reasons",
        ),
        (
            "REJECT_REASONS",
            json.dumps([{"code": f"r{n}", "label": "x"} for n in range(10)]),
            "reject_reasons",
        ),
    ],
)
def test_what_the_page_cannot_be_given_is_refused(key, value, where):
    with pytest.raises(SettingsError) as error:
        load(None, {f"MODERATION_REVIEW__{key}": value})
    faults = [(fault.key, fault.where) for fault in error.value.faults]
    assert (f"review.{where}", f"MODERATION_REVIEW__{key}") in faults


def test_the_page_s_address_is_kept_as_browsers_write_it():
    environ = {
        "MODERATION_REVIEW__PUBLIC_URL": "https://Moderation.example:443",
        "MODERATION_REVIEW__PROXIES": '["10.0.0.1", "fd00::/8"]',
    }
    review = load(None, environ).review
    assert review.public_url == "https://moderation.example"
    assert review.proxies == ("10.0.0.1/32", "fd00::/8")
