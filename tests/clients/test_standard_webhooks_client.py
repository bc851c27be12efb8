"""Standard Webhooks' own library of npm: it verifies our callbacks, and we what it signs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.clients.installing import from_npm
from tests.clients.running import ran
from tests.requirements import require
from tests.servers import free_port
from tests.service_kit import SECRET, service, texts, until
from tests.web.kit import Service, secret

_NPM = "standardwebhooks@1.1.1"
#: Answers one call, and says what its body, and a changed one, are to the library.
_RECEIVER = """
const {Webhook} = require("standardwebhooks");
const http = require("http");
const webhook = new Webhook(process.env.SECRET);
const verified = (body, headers) => {
  try { return webhook.verify(body, headers).data.decision; } catch (error) { return error.name; }
};
const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => body += chunk).on("end", () => {
    response.writeHead(204).end();
    const found = [verified(body, request.headers), verified(body + " ", request.headers)];
    console.log(JSON.stringify(found));
    server.close();
    server.closeAllConnections();
  });
}).listen(process.env.PORT, "127.0.0.1");
"""
_SENDER = """
const {Webhook} = require("standardwebhooks");
const webhook = new Webhook(process.env.SECRET);
const send = async (body, signed) => {
  const at = new Date();
  const headers = {
    "Content-Type": "application/json", "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": webhook.sign("msg_1", at, signed),
  };
  return (await fetch(process.env.URL + "/v1/comments", {method: "POST", headers, body})).status;
};
(async () => {
  const body = JSON.stringify({text: "a fine day", external_id: "1"});
  console.log(JSON.stringify([await send(body, body), await send(body + " ", body)]));
})();
"""


async def is_open(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def test_the_library_of_npm_verifies_a_callback(embedded_url: str) -> None:
    where, port = await asyncio.to_thread(from_npm, _NPM), free_port()
    env = {"NODE_PATH": str(where), "SECRET": SECRET, "PORT": str(port)}
    heard = asyncio.create_task(ran([require("node"), "-e", _RECEIVER], env))
    await until(lambda: is_open(port))
    allowed = {"callbacks.allow_private_hosts": (f"127.0.0.1:{port}",)}
    origins = {"sites.news.callback_origins": (f"http://127.0.0.1:{port}",)}
    async with service(embedded_url, {**allowed, **origins}) as s:
        await s.work()
        s.run(s.notifier())
        await s.submit(*texts(1), "1", callback_url=f"http://127.0.0.1:{port}/hook")
        assert await heard == ["approve", "WebhookVerificationError"]


async def test_what_the_library_of_npm_signs_is_accepted(idle: Service) -> None:
    where = await asyncio.to_thread(from_npm, _NPM)
    env = {"NODE_PATH": str(where), "SECRET": secret(1), "URL": idle.url}
    assert await ran([require("node"), "-e", _SENDER], env) == [202, 401]
