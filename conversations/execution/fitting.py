"""Whether a value fits a field: its type, its closed set."""

from conversations.execution.fields import Field, is_of_type
from conversations.execution.values import fit_type
from toolworlds.records.base import Json


def choose_word(leaf: Field, word: str) -> str:
    """The word itself, or the closed set's own word for it."""
    if not leaf.choices:
        return word
    choices = [choice for choice in leaf.choices if isinstance(choice, str)]
    return next((c for c in choices if c[:5].lower() == word[:5]), choices[0] if choices else word)


def fits(value: Json, leaf: Field) -> bool:
    """Whether a value is of the field's type, and of its closed set if it has one."""
    return is_of_type(value, leaf.type) and (not leaf.choices or value in leaf.choices)


def fit(value: Json, leaf: Field) -> Json:
    """The value in the field's type; None if it does not go."""
    fitted = fit_type(value, leaf)
    return fitted if fits(fitted, leaf) else None
