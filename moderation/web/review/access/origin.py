"""Where a request of the page comes from: which address the page has, and whose browser asks.

Nothing that a caller sends is believed here without the settings' word: a Host header only where it
names this machine for itself, `X-Forwarded-For` only from a proxy that is listed.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from moderation.page import Review
from moderation.sites import origin_of

_IPV6_PREFIX = 64  # what one subscriber has


def own_origin(request: web.Request, review: Review) -> str | None:
    """Return the page's origin as the caller's browser knows it, None where it has none there.

    With no `review.public_url` that is this machine's name for itself: what others reach needs TLS,
    and a name of elsewhere that is led to this machine must not pass for it.
    """
    if review.public_url:
        return review.public_url
    try:
        origin = origin_of(f"{request.scheme}://{request.host}")
    except ValueError:
        return None
    return origin if _is_this_machine(urlsplit(origin).hostname or "") else None


def is_from_page(request: web.Request, review: Review) -> bool:
    """Return whether a POST was sent by a page of this origin, as every browser says."""
    own = own_origin(request, review)
    return own is not None and request.headers.getall(hdrs.ORIGIN, []) == [own]


def client_address(request: web.Request, review: Review) -> str:
    """Return whose failed sign-ins are counted together: an IPv4 address, or an IPv6 network.

    Listed proxies each append who asked them, so the last one that is no proxy is who it is.
    """
    proxies = [ip_network(one) for one in review.proxies]
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    address = _address(request.remote or "")
    for hop in reversed(forwarded):
        if address is None or not any(address in proxy for proxy in proxies):
            break
        address = _address(hop) or address
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")
