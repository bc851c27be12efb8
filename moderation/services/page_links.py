"""Where the moderators' page is, as a person can open it, and the address of a one-time code."""

from __future__ import annotations

from moderation.settings import Settings


def page_address(settings: Settings, port: int | None = None) -> str:
    """Return the page's address, without a slash. `port`: where the API listens, if it is known.

    Without `review.public_url` the page answers only under this machine's names for itself.
    """
    own = f"http://localhost:{settings.api.port if port is None else port}"
    return settings.review.public_url or own


def sign_in_link(settings: Settings, code: str, port: int | None = None) -> str:
    """Return the address of a one-time code; `port` as `page_address` takes it."""
    return f"{page_address(settings, port)}/welcome/{code}"
