"""OpenAI's own libraries, unmodified, against this service."""

from __future__ import annotations

import asyncio

from tests.clients.installing import from_npm
from tests.clients.running import python, ran
from tests.requirements import require
from tests.web.kit import Service, key

_KEY = key("default", "submit")


async def test_openai_of_pypi(idle: Service) -> None:
    program = """
import json, os, openai
client = openai.OpenAI(api_key=os.environ["KEY"], base_url=os.environ["URL"] + "/v1", max_retries=0)
answer = client.moderations.create(input=["a fine day", "you are an idiot"])
second = answer.results[1]
try:
    client.with_options(api_key="x" * 40).moderations.create(input="a")
    refused = None
except openai.AuthenticationError as error:
    refused = [error.status_code, error.body["code"]]
print(json.dumps([[one.flagged for one in answer.results], second.categories.harassment,
    second.category_scores.harassment, second.category_scores.violence_graphic, refused]))
"""
    found = await python("openai==3.54.0", program, URL=idle.url, KEY=_KEY)
    assert found == [[False, True], True, 0.9, 0.0, [401, "invalid_api_key"]]


async def test_openai_of_npm(idle: Service) -> None:
    program = """
const OpenAI = require("openai").default;
const client = new OpenAI({apiKey: process.env.KEY, baseURL: process.env.URL + "/v1"});
client.moderations.create({input: "you are an idiot"}).then((answer) => {
  const one = answer.results[0];
  console.log(JSON.stringify([one.flagged, one.category_scores["harassment"]]));
});
"""
    where = await asyncio.to_thread(from_npm, "openai@7.57.0")
    env = {"NODE_PATH": str(where), "KEY": _KEY, "URL": idle.url}
    assert await ran([require("node"), "-e", program], env) == [True, 0.9]
