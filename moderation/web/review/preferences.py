"""How a person likes the page: kept in their browser, in a cookie that says nothing of them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

COOKIE = "moderation_page"
_BREAKS_MIN = (0, 30, 50, 90)


@dataclass(frozen=True, slots=True)
class Preferences:
    """`soften`: texts are blurred until asked for. `break_min`: minutes, 0 for never."""

    shortcuts: bool = True
    soften: bool = False
    compact: bool = False
    break_min: int = 0

    @property
    def breaks(self) -> tuple[int, ...]:
        """Return what `break_min` can be."""
        return _BREAKS_MIN


def preferences(request: web.Request) -> Preferences:
    """Return the preferences that a browser sent; what it says wrongly is as if unsaid.

    The cookie: words joined by dots, `soften.compact.noshortcuts.break50`.
    """
    said = request.cookies.get(COOKIE, "").split(".")
    minutes = next((one for one in _BREAKS_MIN if f"break{one}" in said), 0)
    return Preferences(
        shortcuts="noshortcuts" not in said,
        soften="soften" in said,
        compact="compact" in said,
        break_min=minutes,
    )
