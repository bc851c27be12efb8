"""The page as part of the application: its templates, its files, its routes."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from moderation.domain.people import Right
from moderation.services.recent import Recent
from moderation.services.replaying import Replaying
from moderation.web.context import CONTEXT
from moderation.web.review.access import login
from moderation.web.review.access.security import secure
from moderation.web.review.access.session import PageHandler, require
from moderation.web.review.decisions import appeals, bands, batch, single
from moderation.web.review.insights import page as insights
from moderation.web.review.ops import page as ops
from moderation.web.review.ops.page import RECENT
from moderation.web.review.people import accounts, own
from moderation.web.review.policies import editor, proposal, replay, versions
from moderation.web.review.policies.form import REPLAYING
from moderation.web.review.queue import pages, search
from moderation.web.review.queue.events import events
from moderation.web.review.records import export, log

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
    app[REPLAYING] = replaying = Replaying(app[CONTEXT].store)
    app.on_shutdown.append(lambda _: replaying.stop())
    app[RECENT] = recent = Recent(app[CONTEXT].metrics)
    app.on_startup.append(lambda _: recent.start())
    app.on_shutdown.append(lambda _: recent.stop())
    app.router.add_get("/static/{name}", _file)
    app.router.add_routes(login.routes())
    if app[CONTEXT].settings.review.oidc.issuer:
        from moderation.web.review.access import oidc  # noqa: PLC0415 - 15 MB that others don't need

        oidc.mount(app)
    for method, path, handler, right in _ROUTES:
        app.router.add_route(method, path, require(right)(handler))


async def _file(request: web.Request) -> web.FileResponse:
    """Serve a file of the page; browsers ask each time whether it has changed."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    return web.FileResponse(_HERE / "static" / name, headers={"Cache-Control": "no-cache"})


_PERSON = "{person:p_[0-9a-f]{16}}"
_ID = "{id:c_[0-9a-f]{32}}"
_POLICY = "/policies/{name:[a-z0-9][a-z0-9_-]{0,31}}"
#: What there is, and what somebody must be allowed for it.
_ROUTES: tuple[tuple[str, str, PageHandler, Right], ...] = (
    ("GET", "/", pages.queue, Right.READ),
    ("GET", f"/item/{_ID}", pages.item, Right.READ),
    ("GET", "/search", search.form, Right.READ),
    ("GET", "/settings", own.settings, Right.READ),
    ("POST", "/settings/password", own.password, Right.READ),
    ("GET", "/people", accounts.people, Right.PEOPLE),
    ("POST", "/people", accounts.add, Right.PEOPLE),
    ("GET", f"/people/{_PERSON}", accounts.person, Right.PEOPLE),
    ("POST", f"/people/{_PERSON}", accounts.change, Right.PEOPLE),
    ("GET", f"/item/{_ID}/statement", export.statement, Right.READ),
    ("GET", "/appeals", appeals.appeals, Right.DECIDE),
    ("GET", "/export", export.page, Right.DECIDE),
    ("GET", "/export/decisions", export.download, Right.DECIDE),
    ("GET", "/insights", insights.insights, Right.READ),
    ("GET", "/insights/draft", insights.draft, Right.DECIDE),
    ("POST", "/insights/draft", insights.edit, Right.POLICY),
    ("GET", "/ops", ops.ops, Right.READ),
    ("GET", "/review/cards", pages.more, Right.READ),
    ("GET", f"/review/text/{_ID}", pages.marked, Right.READ),
    ("GET", f"/review/history/{_ID}", pages.history, Right.READ),
    ("GET", f"/review/author/{_ID}", pages.author, Right.READ),
    ("GET", f"/review/thread/{_ID}", pages.thread, Right.READ),
    ("GET", "/review/events", events, Right.READ),
    ("POST", "/review/search", search.found, Right.READ),
    ("POST", "/review/sign-out", single.sign_out, Right.READ),
    ("POST", "/review/decide", single.decide, Right.DECIDE),
    ("POST", "/review/undo", single.undo, Right.DECIDE),
    ("POST", "/review/appeal", appeals.decide, Right.DECIDE),
    ("POST", "/review/escalate", single.escalate, Right.DECIDE),
    ("GET", "/bulk", bands.page, Right.BULK),
    ("POST", "/review/bulk/preview", bands.preview, Right.BULK),
    ("POST", "/review/bulk", batch.decide, Right.BULK),
    ("POST", "/review/bulk/undo", batch.undo, Right.BULK),
    ("POST", "/review/renew", single.renew, Right.DECIDE),
    ("POST", "/review/release", single.release, Right.DECIDE),
    ("GET", "/log", log.shown, Right.POLICY),
    ("GET", "/policies", versions.listed, Right.POLICY),
    ("GET", _POLICY, versions.policy, Right.POLICY),
    ("POST", f"{_POLICY}/back", proposal.back, Right.POLICY),
    ("GET", f"{_POLICY}/draft", editor.editor, Right.POLICY),
    ("POST", f"{_POLICY}/draft", editor.save, Right.POLICY),
    ("POST", f"{_POLICY}/drop", editor.drop, Right.POLICY),
    ("POST", f"{_POLICY}/apply", editor.apply, Right.POLICY),
    ("GET", f"{_POLICY}/replay", replay.progress, Right.POLICY),
    ("POST", f"{_POLICY}/replay", replay.start, Right.POLICY),
    ("POST", f"{_POLICY}/cancel", replay.cancel, Right.POLICY),
)
_FILES = frozenset(path.name for path in (_HERE / "static").iterdir())
