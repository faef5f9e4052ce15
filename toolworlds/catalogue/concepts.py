"""Concepts: the broad fields of meaning that parameters and response fields belong to."""

from toolworlds.language.words import gather, split_name

CONCEPTS: dict[str, frozenset[str]] = {
    "location": gather(
        "city country address place location latitude longitude lat lng lon region state street airport "
        "postcode zip station area origin destination map"
    ),
    "time": gather("date time day month year hour start end duration minutes timezone at until period"),
    "person": gather(
        "person user guest passenger driver patient doctor student author applicant recipient sender contact "
        "player artist actor customer member"
    ),
    "item": gather(
        "product item article book movie song track course job hotel room restaurant dish car flight game "
        "recipe video image"
    ),
    "identifier": gather("id uuid guid code key reference number token"),
    "query": gather("query search keyword term topic filter text question"),
    "financial": gather(
        "price amount currency cost fee total balance payment invoice account salary refund tax rate"
    ),
    "contact": gather("email mail phone telephone fax url website"),
}


def list_concepts(name: str, entity: str) -> list[str]:
    """The concepts whose words stand in a value's name or in its entity's, whole words only; sorted."""
    words = {*split_name(name), *split_name(entity)}
    return sorted(concept for concept, known in CONCEPTS.items() if words & known)
