"""How a receiver's status and headers, and the list of private hosts, are read."""

from __future__ import annotations

import time
from email.utils import formatdate
from ipaddress import ip_network

import pytest

from moderation.services.calling import _listed, _outcome, _retry_after


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "delivered"), (204, "delivered"), (299, "delivered"), (300, "refused"),
        (301, "refused"), (400, "refused"), (404, "refused"), (410, "gone"), (429, "refused"),
        (500, "failed"), (503, "failed"), (599, "failed"),
    ],
)  # fmt: skip
def test_an_outcome_is_one_of_a_closed_set(status: int, outcome: str) -> None:
    assert _outcome(status) == outcome


def test_retry_after_is_seconds_or_a_date() -> None:
    assert _retry_after({}) is None
    assert _retry_after({"Retry-After": "120"}) == 120.0
    later = _retry_after({"Retry-After": formatdate(time.time() + 600, usegmt=True)})
    assert later is not None
    assert 500 < later <= 600
    assert _retry_after({"Retry-After": formatdate(0, usegmt=True)}) == 0.0


@pytest.mark.parametrize(
    "given", ["", " ", "-1", "1.5", "1e3", "²", "٣", "soon", "9" * 8, "9" * 5000, "\udcff",
              "Mon, 99 Foo 2024 00:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"],
)  # fmt: skip
def test_anything_else_asks_for_nothing(given: str) -> None:
    assert _retry_after({"Retry-After": given}) in {None, 0.0}


def test_private_hosts_are_receivers_by_name_or_networks() -> None:
    hosts, networks = _listed(("CMS.internal:8080", "[::1]:81", "10.0.0.0/8", "192.168.1.7", "::1"))
    assert hosts == {"cms.internal:8080", "[::1]:81"}
    assert networks == tuple(ip_network(one) for one in ("10.0.0.0/8", "192.168.1.7/32", "::1/128"))
