"""What every answer of the page says to the browser: nothing of elsewhere is loaded, run or framed.

Inline scripts and styles are refused with the rest, style attributes included: what gets into a
page by mistake does nothing.
"""

from __future__ import annotations

from aiohttp import web

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # With `no-referrer` a form's POST would have the Origin `null`.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_API = (
    "/v1/",
    "/openapi.json",
    "/v1alpha1/",
    "/comments:",
    "/batch",
    "/$discovery/",
    "/discovery/",
    "/coral/",
    "/1.1/",
)


def is_page(request: web.BaseRequest) -> bool:
    """Return whether a request is for the page, and not for the API beside it."""
    return not request.path.startswith(_API)


async def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Set the page's headers; a signal handler, so that no answer goes without."""
    if is_page(request):
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
