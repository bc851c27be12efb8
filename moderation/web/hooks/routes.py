"""`POST /v1/hooks/{name}`: another system's webhook in, the native API's answers out."""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64encode

from aiohttp import web

from moderation.domain.comment import Submission
from moderation.domain.errors import ConflictError
from moderation.domain.signature import BadSignatureError, verify
from moderation.hooks import MOST_SECRETS, Hook
from moderation.services.intake import Intake, Submitted
from moderation.web import problems
from moderation.web.auth import unauthorized
from moderation.web.body_signature import is_signed
from moderation.web.call import READER, json_response
from moderation.web.conditions import wait_s
from moderation.web.context import CONTEXT
from moderation.web.form_body import MEDIA_TYPE, parse_form
from moderation.web.hooks.mapping import Event, body_of, event_of
from moderation.web.strict_json import parse
from moderation.web.submit import answered

PATH = "/v1/hooks/{name}"
#: Stands in for the secrets of a hook that is not there, so that all refusals cost the same.
_NOBODYS = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
_NOBODY = Hook(
    site="default", map="form", proof="sha256", header="X-Signature-256", secrets=(_NOBODYS,)
)


def mount(app: web.Application) -> None:
    """Serve the hooks."""
    app.router.add_post(PATH, _hooked)


async def _hooked(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    if context.draining():
        raise problems.draining()
    raw = await request.app[READER].read(request, None)
    hook = _prove(request, raw, context.settings.hooks.get(request.match_info["name"]))
    payload = parse_form(raw) if request.content_type == MEDIA_TYPE else parse(raw)
    event = event_of(hook, payload)
    if event is Event.OTHER:
        return json_response({"status": "ignored"})
    submission = body_of(hook, payload).submission(hook.site)
    wait = wait_s(request, context.settings.api.wait_max_s)
    return answered(await _submit(context.intake, submission, event, wait or 0.0), wait)


async def _submit(intake: Intake, submission: Submission, event: Event, wait: float) -> Submitted:
    """Accept a comment, or its new text: an edit may come before what it edits."""
    try:
        return await intake.submit(submission, idempotency_key=None, wait_s=wait, bulk=False)
    except ConflictError:
        if event is not Event.EDITED or submission.external_id is None:
            raise
    comment = intake.id_of(submission.site, submission.external_id)
    return await intake.edit(comment, submission, idempotency_key=None, wait_s=wait)


def _prove(request: web.Request, raw: bytes, hook: Hook | None) -> Hook:
    """Return the hook whose sender this is. Raises Problem 401, the same for no such hook."""
    asked = hook or _NOBODY
    known = [secret.get_secret_value() for secret in asked.secrets]
    active = [*known, *[_NOBODYS] * MOST_SECRETS][:MOST_SECRETS]
    if asked.proof == "standard":
        try:
            verify(active, request.headers, raw, time.time())
        except BadSignatureError as error:
            raise unauthorized(str(error)) from None
        return asked
    given = request.headers.getall(asked.header or "", [])
    keys = [secret.encode() for secret in active]
    if asked.proof == "sha256":
        proven = is_signed(keys, ",".join(given), raw)
    else:
        said = given[0].encode("utf-8", "surrogateescape") if len(given) == 1 else b""
        proven = bool(sum([hmac.compare_digest(key, said) for key in keys]))
    if hook is None or not proven:
        raise unauthorized("no hook of this name has such a sender")
    return hook
