"""The page's cookies: one name and one set of attributes each, by the page's own address.

None is readable for scripts, and none is logged.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from moderation.web.context import CONTEXT
from moderation.web.review.access.origin import own_origin


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie, as it is called over https and over plain http.

    Browsers accept a name with `__Host-` only with Secure, from https, for all paths: no neighbour
    can plant it.
    """

    over_https: str
    over_http: str

    def read(self, request: web.Request) -> str:
        """Return what the browser sent, empty without one."""
        return request.cookies.get(self._called(request)[0], "")

    def give(
        self, request: web.Request, response: web.Response, value: str, max_age_s: int | None = None
    ) -> None:
        """Give the browser the cookie; without `max_age_s` it has no end of its own."""
        name, secure = self._called(request)
        response.set_cookie(
            name, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="Lax"
        )

    def take_back(self, request: web.Request, response: web.Response) -> None:
        """Take the cookie back."""
        name, secure = self._called(request)
        response.del_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")

    def _called(self, request: web.Request) -> tuple[str, bool]:
        """Return the cookie's name, and whether it is for https only."""
        own = own_origin(request, request.app[CONTEXT].settings.review) or ""
        is_https = own.startswith("https:")
        return (self.over_https if is_https else self.over_http), is_https
