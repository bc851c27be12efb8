"""Which addresses a callback may reach: the public ones, and what an operator lists.

Checked on the address that is really connected to, after name resolution, so that a name that
changes its mind between check and use changes nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

#: IPv6 that carries an IPv4 address inside: IPv4-compatible (RFC 4291), NAT64 (RFC 6052, RFC 8215),
#: 6to4 (RFC 3056), Teredo (RFC 4380). What is behind them can't be told from here.
_TUNNELS = tuple(
    IPv6Network(net)
    for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


#: The only IPv6 addresses that are given out for global unicast (IANA IPv6 address space).
_UNICAST = IPv6Network("2000::/3")

Network = IPv4Network | IPv6Network


def may_call(address: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Return whether a callback may be sent to a numeric address; False for anything unclear."""
    try:
        parsed = ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if any(parsed.version == net.version and parsed in net for net in allowed):
        return True
    if isinstance(parsed, IPv6Address) and any(parsed in tunnel for tunnel in _TUNNELS):
        return False
    if isinstance(parsed, IPv6Address) and parsed not in _UNICAST:
        return False
    return parsed.is_global and not parsed.is_multicast
