"""Which language a text is in: fastText's `lid.176.ftz`, where it is sure, and None elsewhere.

Runs beside the model, in its process. Short texts, names and addresses have no language here: a
comment must not be held for a language that was guessed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import fasttext

from moderation.domain.language import language_code, words_of
from moderation.scoring.scorer import ScorerUnavailableError

FILE = Path(__file__).parents[1] / "models" / "language-id" / "lid.176.ftz"
_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"

#: The probability from which a language counts, and how much text it takes: letters by their UTF-8
#: bytes, since a letter says more in scripts that have many. Figures: the README beside the file.
SURE = 0.8
LEAST_BYTES = 16


class LanguageDetector:
    """The model, loaded (1 MB). Raises ScorerUnavailableError when its file is not intact."""

    def __init__(self, path: Path = FILE) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ScorerUnavailableError(f"{path}: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != _SHA256:
            raise ScorerUnavailableError(f"{path} is not the file that is pinned by SHA-256")
        self._model = fasttext.load_model(str(path))

    def language(self, text: str) -> str | None:
        """Return the ISO 639 code of the language that a text is surely in, or None."""
        words = words_of(text.encode("utf-8", "replace").decode())
        letters = "".join(filter(str.isalpha, words))
        if len(letters.encode()) < LEAST_BYTES:
            return None
        # What is all in capitals is rare in what the model was trained on.
        labels, probabilities = self._model.predict(words.lower() if words.isupper() else words)
        if not labels or probabilities[0] < SURE:
            return None
        return language_code(labels[0].removeprefix("__label__"))
