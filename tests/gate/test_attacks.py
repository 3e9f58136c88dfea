"""Every attack, tried on the gate. What comes of it is shown on the page "What the gate withstands".

After a change of attacks, rules or messages, write what the page shows anew:

    HERDBOOK_WRITE_WITHSTANDS=1 pytest tests/gate
"""

import socket
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from gate import withstands
from gate.attack import ATTACKS, GROUPS, Attack
from gate.scene import Run, Scene, run_gate
from herdbook.rules import RULES

for _group in GROUPS:
    import_module(f"gate.attacks.{_group}")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gate says must follow from the clone alone; nothing in a change may have it call somebody."""

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "__init__", refuse)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.group}-{attack.name}")
def test_the_gate_withstands(attack: Attack, origins: Mapping[str, Path], tmp_path: Path) -> None:
    scene = Scene(tmp_path, origins[attack.origin])
    prepared = attack.prepare(scene)
    run = prepared if isinstance(prepared, Run) else Run(prepared or ())
    outcome = run_gate(scene.root, run, installed=attack.installed)
    assert outcome.code == attack.code, (outcome.rules, outcome.said)
    assert set(attack.finds) <= set(outcome.rules), outcome.said
    assert attack.says in outcome.said
    assert not attack.silent or attack.silent not in outcome.out + outcome.err
    assert not (tmp_path / "canary").exists(), "code of the change ran"
    assert "fault of herdbook" not in outcome.err
    withstands.keep_or_compare(attack.group, attack.name, withstands.row_of(attack, outcome, tmp_path))


def test_the_page_shows_these_attacks_and_no_others() -> None:
    names = [(attack.group, attack.name) for group in GROUPS for attack in ATTACKS if attack.group == group]
    assert len(set(names)) == len(names)
    if not withstands.WRITING:
        shown = withstands.recorded()
        assert [(item["group"], item["name"]) for item in shown["attacks"]] == names
        assert [item["rule"] for item in shown["rules"]] == [rule.ID for rule in RULES]
        assert shown["groups"] == withstands.groups_shown()


def test_at_least_sixty_attacks_are_refused() -> None:
    assert sum(attack.code != 0 for attack in ATTACKS) >= 60
