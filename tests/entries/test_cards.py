from entry_samples import made
from herdbook.entries import ModelCard


def test_sections_of_a_card_stand_in_the_order_of_reading() -> None:
    card = made(ModelCard, {"model": "m", "caveats": "c", "users": "u", "intended_use": "i"})
    assert list(card.sections) == ["intended_use", "users", "caveats"]
    assert (card.label, card.expected_path) == ("the card of models:/m", "models/m/card.yaml")
    own = made(ModelCard, {"model": "m", "version": 3})
    assert (own.label, own.expected_path) == ("the card of models:/m/3", "models/m/cards/3.yaml")
