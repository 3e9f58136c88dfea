"""Every attack, tried on the gate. What came of it is the page "What the gate withstands" of the site.

After a change of attacks or of messages, write what is shown there anew:

    HERDBOOK_TEST_WRITE=1 pytest tests/gate/test_attacks.py
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from gate.attack import ATTACKS, GROUPS, Attack
from gate.scene import Run, Scene, run_gate

for _group in GROUPS:
    import_module(f"gate.attacks.{_group}")


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
