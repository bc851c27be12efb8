"""Akismet's Python client, unmodified, against this service at Akismet's own address."""

from __future__ import annotations

from pathlib import Path

from moderation.store import api_keys
from moderation.store.log import SERVICE
from tests.clients.at_host import at_host
from tests.clients.running import python
from tests.web.kit import serving

HOST = "rest.akismet.com"


async def test_akismet_of_pypi(embedded_url: str, tmp_path: Path) -> None:
    program = """
import json, os, akismet
def client(key):
    return akismet.SyncClient.validated_client(akismet.Config(key, "https://blog.example"))
def said(text):
    return {"user_ip": "203.0.113.7", "comment_content": text, "comment_author": "Bo"}
one = client(os.environ["KEY"])
kind = one.comment_check(**said("what a fine day"))
try:
    one.comment_check(**said("you are an idiot"))
    held = None
except akismet.ProtocolError as error:
    held = "pending" in str(error)
spam = one.submit_spam(**said("you are an idiot"))
rejected = one.comment_check(**said("you are an idiot"))
ham = one.submit_ham(**said("you are an idiot"))
approved = one.comment_check(**said("you are an idiot"))
try:
    client("x" * 40)
    refused = None
except akismet.APIKeyError:
    refused = True
print(json.dumps([kind, held, spam, rejected, ham, approved, refused]))
"""
    chosen = {"wait_s": 30, "true_for": "rejected"}
    async with serving(embedded_url, akismet=chosen) as service:
        scopes = api_keys.SCOPES
        key = await api_keys.add(service.store, "default", scopes, "akismet", 0, by=SERVICE)
        async with at_host(service, HOST, tmp_path) as there:
            found = await python(
                "akismet==25.10.1", program, *there, KEY=key, PYTHON_AKISMET_TIMEOUT="60"
            )
    assert found == [0, True, True, 1, True, 0, True]
