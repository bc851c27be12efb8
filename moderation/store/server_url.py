"""Read the URL of a Redis server, Sentinel or Cluster; it connects to nothing.

The URL may hold a password, so no message here repeats any part of it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio.connection import SSLConnection, parse_url

_FORMS = (
    "redis://, rediss:// or unix://, or redis+cluster://host:port, "
    "or redis+sentinel://host:port,host:port/service"
)
_PLAIN = {"redis", "rediss", "unix"}
_MANY = {"redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"}
_QUERY = {"username", "password", "client_name"}
_TLS_QUERY = {
    "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname",
}  # fmt: skip
_SENTINEL_QUERY = {"sentinel_username", "sentinel_password"}


class UrlError(ValueError):
    """The server's URL can't be understood; the message never repeats the URL."""


def parse(url: str) -> tuple[str, list[tuple[str, int]], dict[str, Any]]:
    """Return the scheme, the hosts where there may be several, and redis-py's options.

    Sentinel's options also hold its `service`. Raises UrlError.
    """
    try:
        return _parsed(url)
    except UrlError:
        raise
    except ValueError:  # urllib quotes what it could not read, and that may be a password
        raise UrlError(f"the Redis URL can't be read; it is {_FORMS}") from None


def _parsed(url: str) -> tuple[str, list[tuple[str, int]], dict[str, Any]]:
    parts = urlsplit(url)
    if parts.scheme not in _PLAIN | _MANY:
        raise UrlError(f"a Redis URL is {_FORMS}")
    known = _query_of(parts.scheme)
    if not known.issuperset(parse_qs(parts.query)):
        raise UrlError(f"the query of this Redis URL may hold {', '.join(sorted(known))}")
    if parts.scheme in _PLAIN:
        return parts.scheme, [], dict(parse_url(url))
    credentials, at, netloc = parts.netloc.rpartition("@")
    hosts = [_host(host) for host in netloc.split(",")]
    plain = parts.scheme.split("+")[0]
    path = parts.path
    service = ""
    if parts.scheme.endswith("+sentinel"):
        _, service, *rest = path.split("/") if path.strip("/") else ("", "")
        path = "/" + "".join(rest)
        if not service:
            raise UrlError("a Sentinel URL ends in the service's name: …/service")
    options = dict(parse_url(f"{plain}://{credentials}{at}localhost{path}?{parts.query}"))
    for key in ("host", "port"):
        options.pop(key, None)
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    if service:
        options["service"] = unquote(service)
    elif options.pop("db", 0):
        raise UrlError("a cluster has database 0 only")
    return parts.scheme, hosts, options


def _query_of(scheme: str) -> set[str]:
    known = _QUERY if scheme.endswith("+cluster") else _QUERY | {"db"}
    if scheme.startswith("rediss"):
        known = known | _TLS_QUERY
    return known | _SENTINEL_QUERY if scheme.endswith("+sentinel") else known


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname or not parts.port:
        raise UrlError("a Sentinel or Cluster URL names host:port for each host")
    return parts.hostname, parts.port
