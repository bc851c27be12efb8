"""What a reason for rejecting means outside: to the EU's database, to a court, to Coral.

Sources: the DSA Transparency Database, API documentation and `StatementCategories` of
digital-services-act/transparency-database (the categories in force since July 2025); Coral,
`REJECTION_REASON_CODE` of its GraphQL API (docs.coralproject.net).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    """What a rejection rests on."""

    ILLEGAL = "illegal"
    TERMS = "terms"


class Category(StrEnum):
    """A category of the DSA Transparency Database."""

    ANIMAL_WELFARE = "STATEMENT_CATEGORY_ANIMAL_WELFARE"
    CONSUMER_INFORMATION = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"
    CYBER_VIOLENCE = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    CYBER_VIOLENCE_AGAINST_WOMEN = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
    DATA_PROTECTION = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    SPEECH = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
    INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    CIVIC_DISCOURSE = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    PROTECTION_OF_MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
    PUBLIC_SECURITY = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"
    SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    SELF_HARM = "STATEMENT_CATEGORY_SELF_HARM"
    PRODUCTS = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    VIOLENCE = "STATEMENT_CATEGORY_VIOLENCE"
    OTHER_TERMS = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


class CoralReason(StrEnum):
    """Why Coral says that a comment was rejected."""

    OFFENSIVE = "OFFENSIVE"
    ABUSIVE = "ABUSIVE"
    SPAM = "SPAM"
    BANNED_WORD = "BANNED_WORD"
    AD = "AD"
    ILLEGAL_CONTENT = "ILLEGAL_CONTENT"
    HARASSMENT_BULLYING = "HARASSMENT_BULLYING"
    MISINFORMATION = "MISINFORMATION"
    HATE_SPEECH = "HATE_SPEECH"
    IRRELEVANT_CONTENT = "IRRELEVANT_CONTENT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """A reason for rejecting. `reference`: the law or the clause; `explanation`: why it applies."""

    label: str
    ground: Ground = Ground.TERMS
    category: Category = Category.OTHER_TERMS
    coral: CoralReason = CoralReason.OTHER
    reference: str | None = None
    explanation: str | None = None


#: What the codes that we ship mean, and what any code that is named so means unless it says so.
SHIPPED: Mapping[str, tuple[Ground, Category, CoralReason]] = {
    "spam": (Ground.TERMS, Category.OTHER_TERMS, CoralReason.SPAM),
    "harassment": (Ground.TERMS, Category.CYBER_VIOLENCE, CoralReason.HARASSMENT_BULLYING),
    "hate": (Ground.TERMS, Category.SPEECH, CoralReason.HATE_SPEECH),
    "threat": (Ground.TERMS, Category.VIOLENCE, CoralReason.ABUSIVE),
    "sexual": (Ground.TERMS, Category.OTHER_TERMS, CoralReason.OFFENSIVE),
    "personal_data": (Ground.TERMS, Category.DATA_PROTECTION, CoralReason.OTHER),
    "off_topic": (Ground.TERMS, Category.OTHER_TERMS, CoralReason.IRRELEVANT_CONTENT),
    "illegal": (Ground.ILLEGAL, Category.SPEECH, CoralReason.ILLEGAL_CONTENT),
}
_ANY = (Ground.TERMS, Category.OTHER_TERMS, CoralReason.OTHER)

#: The countries that a territorial scope may name: EU and EEA.
COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def grounds(
    code: str,
    label: str,
    *,
    ground: Ground | None = None,
    category: Category | None = None,
    coral: CoralReason | None = None,
    reference: str | None = None,
    explanation: str | None = None,
) -> Grounds:
    """Return what a reason means, where nothing is said of it as its code is shipped."""
    usual = SHIPPED.get(code, _ANY)
    return Grounds(
        label=label,
        ground=ground or usual[0],
        category=category or usual[1],
        coral=coral or usual[2],
        reference=reference,
        explanation=explanation,
    )
