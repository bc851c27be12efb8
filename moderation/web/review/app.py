"""The page as part of the application: its templates, its files, its routes."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from moderation.web.review import login
from moderation.web.review.security import secure

_HERE = Path(__file__).parent


def mount(app: web.Application) -> None:
    """Add the page to the application that serves the API."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.on_response_prepare.append(secure)
    app.router.add_get("/static/{name}", _file)
    app.router.add_routes(login.routes())


async def _file(request: web.Request) -> web.FileResponse:
    """Serve a file of the page; browsers ask each time whether it has changed."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    return web.FileResponse(_HERE / "static" / name, headers={"Cache-Control": "no-cache"})


_FILES = frozenset(path.name for path in (_HERE / "static").iterdir())
