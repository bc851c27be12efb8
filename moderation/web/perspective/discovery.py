"""The discovery document, from which Google's own client libraries build their methods."""

from __future__ import annotations

from typing import Any

#: Query parameters that every method takes; all but the key are accepted and ignored.
_PARAMETERS = {
    name: {"type": "string", "location": "query"}
    for name in (
        "$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token",
        "prettyPrint", "quotaUser", "uploadType", "upload_protocol",
    )
}  # fmt: skip

_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}
_TEXT = {"$ref": "TextEntry"}
_SCORES = {"type": "object", "additionalProperties": {"$ref": "AttributeScores"}}


def _object(name: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": name, "type": "object", "properties": properties}


_SCHEMAS = {
    schema["id"]: schema
    for schema in (
        _object(
            "AnalyzeCommentRequest",
            comment=_TEXT,
            context={"$ref": "Context"},
            requestedAttributes={
                "type": "object",
                "additionalProperties": {"$ref": "AttributeParameters"},
            },
            languages=_STRINGS,
            spanAnnotations={"type": "boolean"},
            doNotStore={"type": "boolean"},
            clientToken=_STRING,
            sessionId=_STRING,
            communityId=_STRING,
        ),
        _object(
            "AnalyzeCommentResponse",
            attributeScores=_SCORES,
            languages=_STRINGS,
            detectedLanguages=_STRINGS,
            clientToken=_STRING,
        ),
        _object(
            "SuggestCommentScoreRequest",
            comment=_TEXT,
            context={"$ref": "Context"},
            attributeScores=_SCORES,
            languages=_STRINGS,
            communityId=_STRING,
            clientToken=_STRING,
            sessionId=_STRING,
        ),
        _object(
            "SuggestCommentScoreResponse",
            clientToken=_STRING,
            detectedLanguages=_STRINGS,
            requestedLanguages=_STRINGS,
        ),
        _object(
            "AttributeParameters",
            scoreType=_STRING,
            scoreThreshold={"type": "number", "format": "float"},
        ),
        _object(
            "AttributeScores",
            spanScores={"type": "array", "items": {"$ref": "SpanScore"}},
            summaryScore={"$ref": "Score"},
        ),
        _object(
            "SpanScore",
            begin={"type": "integer", "format": "int32"},
            end={"type": "integer", "format": "int32"},
            score={"$ref": "Score"},
        ),
        _object("Score", value={"type": "number", "format": "float"}, type=_STRING),
        _object("TextEntry", text=_STRING, type=_STRING),
        _object("Context", entries={"type": "array", "items": _TEXT}, articleAndParentComment={
            "$ref": "ArticleAndParentComment"}),
        _object("ArticleAndParentComment", article=_TEXT, parentComment=_TEXT),
    )
}  # fmt: skip


def document(root: str) -> dict[str, Any]:
    """Return the document of a service at `root`, an address that ends with a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "title": "Comment moderation, in the words of the Perspective Comment Analyzer API",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "batchPath": "batch",
        "parameters": _PARAMETERS,
        "schemas": _SCHEMAS,
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment"),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore"),
                }
            }
        },
    }


def _method(name: str, message: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "httpMethod": "POST",
        "path": path,
        "flatPath": path,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }
