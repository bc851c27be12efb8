"""A body that is a form, as browsers and Akismet's clients send it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from moderation.web.problems import Problem

MEDIA_TYPE = "application/x-www-form-urlencoded"
#: WordPress sends all that it knows of the request beside the comment: some hundred fields.
_MOST_FIELDS = 1000


def parse_form(raw: bytes) -> dict[str, str]:
    """Return the fields, of those of one name the last. Raises Problem for too many.

    What is no UTF-8 becomes U+FFFD: WordPress sends what browsers said of themselves, too.
    """
    try:
        pairs = parse_qsl(
            raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Problem("bad-request", "the form has too many fields") from None
    return {name: value.replace("\0", "\ufffd") for name, value in pairs}
