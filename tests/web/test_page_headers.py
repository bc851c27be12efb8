"""What the browser is told, and what it gets instead of a page."""

from __future__ import annotations

from tests.web.kit import Service

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


async def test_a_browser_gets_a_page_that_may_load_nothing_of_elsewhere(idle: Service):
    answer = await idle.ask("GET", "/nothing/<b>here", scope=None, headers=BROWSER)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert "No such page" in answer.text
    assert "here" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    for inline in ("<script>", "style=", "onclick=", "<style"):
        assert inline not in answer.text


async def test_the_api_answers_browsers_as_it_answers_everybody(idle: Service):
    answer = await idle.ask("GET", "/v1/queue", scope=None, headers=BROWSER)
    assert answer.status == 401
    assert answer.body["type"].endswith(":unauthorized")
    assert "Content-Security-Policy" not in answer.headers


async def test_a_script_gets_a_problem(idle: Service):
    answer = await idle.ask("GET", "/nothing", scope=None, headers={"Accept": "*/*"})
    assert answer.body["status"] == 404


async def test_files_are_those_of_the_page_and_no_others(idle: Service):
    css = await idle.ask("GET", "/static/review.css", scope=None)
    assert (css.status, css.headers["Content-Type"]) == (200, "text/css")
    assert css.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": css.headers["ETag"]}
    again = await idle.ask("GET", "/static/review.css", scope=None, headers=known)
    assert again.status == 304
    for path in ("/static/..%2Fapp.py", "/static/base.html", "/static/"):
        assert (await idle.ask("GET", path, scope=None)).status == 404
