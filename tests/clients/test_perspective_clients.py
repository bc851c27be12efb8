"""Perspective's real clients, unmodified, against this service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.at_host import at_host
from tests.clients.installing import from_npm
from tests.clients.running import python, ran
from tests.requirements import require
from tests.web.kit import Service, key

RUDE, KIND = "you are an idiot", "what a fine day"
HOST = "commentanalyzer.googleapis.com"
_KEY = key("default", "submit")


async def test_googles_own_library(idle: Service) -> None:
    program = """
import json, os
from googleapiclient import discovery, errors
url = os.environ["URL"]
service = discovery.build("commentanalyzer", "v1alpha1", developerKey=os.environ["KEY"],
    discoveryServiceUrl=url + "/$discovery/rest?version=v1alpha1", static_discovery=False)
def asked(text, **more):
    return service.comments().analyze(body={"comment": {"text": text},
        "requestedAttributes": {"TOXICITY": {}}, **more})
one = asked(os.environ["RUDE"], spanAnnotations=True).execute()
found = []
batch = service.new_batch_http_request(
    callback=lambda name, answer, error: found.append(
        [answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] if answer else None,
         error.status_code if error else None]))
for text in (os.environ["RUDE"], os.environ["KIND"], ""):
    batch.add(asked(text))
batch.execute()
try:
    asked("", ).execute()
except errors.HttpError as error:
    refused = [error.status_code, error.reason, error.error_details[0]["errorType"]]
print(json.dumps([one, found, refused]))
"""
    one, found, refused = await python(
        "google-api-python-client==2.202.0", program,
        URL=idle.url, KEY=_KEY, RUDE=RUDE, KIND=KIND,
    )  # fmt: skip
    assert one["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
    assert one["detectedLanguages"] == ["en"]
    assert found == [[0.9, None], [0.1, None], [None, 400]]
    assert refused == [400, "Comment must be non-empty.", "COMMENT_EMPTY"]


async def test_perspective_of_pypi(idle: Service) -> None:
    program = """
import json, os
from perspective.perspective import PerspectiveAPI
client = PerspectiveAPI(os.environ["KEY"])
client.api_client.url = os.environ["URL"] + "/v1alpha1/{endpoint}"
client.suggest_score(os.environ["RUDE"], {"TOXICITY": {"summaryScore": {"value": 1.0}}})
print(json.dumps(client.score(os.environ["RUDE"], tests=["TOXICITY", "INSULT", "THREAT"])))
"""
    scores = await python("perspective==1.0.3", program, URL=idle.url, KEY=_KEY, RUDE=RUDE)
    assert scores == {"TOXICITY": 0.9, "INSULT": 0.9, "THREAT": 0.01}


async def test_pyperspective_which_reads_every_field(idle: Service) -> None:
    program = """
import json, os
from PyPerspective import Perspective as module
module.base_url = os.environ["URL"] + "/v1alpha1/comments:analyze"
comment = module.Perspective(os.environ["KEY"]).get_score(os.environ["RUDE"], tests=["TOXICITY"])
try:
    module.Perspective("x" * 40)
    refused = None
except Exception as error:
    refused = type(error).__name__
attribute = comment["toxicity"]
print(json.dumps([attribute.score, str(attribute.spans[0]), comment.detected_langs, refused]))
"""
    found = await python("pyperspective==1.0.4", program, URL=idle.url, KEY=_KEY, RUDE=RUDE)
    assert found == [0.9, RUDE, ["en"], "InvalidAuthKey"]


@pytest.fixture
async def there(idle: Service, tmp_path: Path) -> AsyncIterator[list[str]]:
    """The beginning of a command that runs where the service is at Perspective's own address."""
    async with at_host(idle, HOST, tmp_path) as command:
        yield command


async def test_perspective_py_at_its_fixed_host(there: list[str]) -> None:
    program = """
import json, os, perspective
client = perspective.Client(token=os.environ["KEY"])
found = client.analyze(os.environ["RUDE"], ["TOXICITY", "INSULT"], language="en")
try:
    perspective.Client(token="x" * 40)
    refused = None
except Exception as error:
    refused = type(error).__name__
print(json.dumps([found, refused]))
"""
    found, refused = await python("perspective-py==0.3.4", program, *there, KEY=_KEY, RUDE=RUDE)
    assert found == {"TOXICITY": 90.0, "INSULT": 90.0}, "in percent, as this client likes it"
    assert refused == "InvalidToken"


async def test_perspectiveapi_at_its_fixed_host(there: list[str]) -> None:
    program = """
import asyncio, json, os
from perspective import Attribute, Perspective
score = asyncio.run(Perspective(os.environ["KEY"]).score(os.environ["RUDE"], [Attribute.TOXICITY]))
print(json.dumps(score.toxicity))
"""
    assert await python("perspectiveapi==1.1.0", program, *there, KEY=_KEY, RUDE=RUDE) == 0.9


async def test_perspective_api_client_of_npm_at_its_fixed_host(there: list[str]) -> None:
    program = """
const Perspective = require("perspective-api-client");
const client = new Perspective({apiKey: process.env.KEY});
(async () => {
  const answer = await client.analyze(process.env.RUDE, {attributes: ["toxicity"]});
  const refused = await client.analyze("a", {attributes: ["spam"]}).catch(error => error.message);
  console.log(JSON.stringify([answer.attributeScores.TOXICITY.summaryScore.value, refused]));
})();
"""
    where = await asyncio.to_thread(from_npm, "perspective-api-client@3.1.0")
    env = {"NODE_PATH": str(where), "KEY": _KEY, "RUDE": RUDE}
    found = await ran([*there, require("node"), "-e", program], env)
    assert found == [0.9, "Unknown requested attribute: SPAM"]
