"""The address of a one-time code, as a person can open it."""

from __future__ import annotations

from moderation.settings import Settings


def sign_in_link(settings: Settings, code: str, port: int | None = None) -> str:
    """Return the address of a one-time code. `port`: where the API listens, if it is known.

    Without `review.public_url` the page answers only under this machine's names for itself.
    """
    own = f"http://localhost:{settings.api.port if port is None else port}"
    return f"{settings.review.public_url or own}/welcome/{code}"
