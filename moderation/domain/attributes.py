"""What Perspective called the labels, and which of its attributes something here answers for."""

from __future__ import annotations

from collections.abc import Mapping

#: The attributes of each label; source: conversationai/perspectiveapi, `2-api/`.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "toxicity": ("TOXICITY",),
    "severe_toxicity": ("SEVERE_TOXICITY",),
    "identity_attack": ("IDENTITY_ATTACK",),
    "insult": ("INSULT",),
    "threat": ("THREAT",),
    "obscene": ("PROFANITY", "OBSCENE"),
    "sexual_explicit": ("SEXUALLY_EXPLICIT",),
}
ATTRIBUTES: Mapping[str, str] = {
    attribute: label for label, names in _NAMES.items() for attribute in names
}


def label_of(attribute: str, aliases: Mapping[str, str]) -> str | None:
    """Return the label that answers for an attribute, None for none.

    `aliases` are the operator's, attribute → attribute: `{"SPAM": "TOXICITY"}`. A version, as in
    `TOXICITY@2`, is not told apart.
    """
    name = attribute.partition("@")[0]
    return ATTRIBUTES.get(aliases.get(name, name))
