"""rules, explain, schema: what Herdbook itself knows."""

import json
from difflib import get_close_matches

import click

from herdbook.cli.completing import kinds, rules
from herdbook.errors import HerdbookError


@click.command("rules")
def rules_command() -> None:
    """List the rules."""
    from herdbook.rules import FAMILIES, RULES

    width = max(len(rule.ID) for rule in RULES)
    for family in FAMILIES:
        click.secho(family, bold=True)
        for rule in RULES:
            if family == rule.FAMILY:
                click.echo(
                    f"  {rule.ID:<{width}}  {rule.SEVERITY:<7}  {(rule.__doc__ or '').partition(chr(10))[0]}"
                )


@click.command("explain")
@click.argument("rule", shell_complete=rules)
def explain_command(rule: str) -> None:
    """Print the page of a rule."""
    from herdbook.rules import RULES

    found = {module.ID: module for module in RULES}
    if rule not in found:
        near = get_close_matches(rule, found, 1)
        hint = f"did you mean {near[0]}?" if near else "`herdbook rules` lists them all"
        raise HerdbookError(f"there is no rule {rule!r}: {hint}")
    module = found[rule]
    click.echo(f"{module.ID} ({module.FAMILY}, {module.SEVERITY})\n\n{(module.__doc__ or '').strip()}")


@click.command("schema")
@click.argument("kind", shell_complete=kinds)
def schema_command(kind: str) -> None:
    """Print the JSON Schema of a kind of entry, for editors and other tools."""
    from herdbook.schema import schema

    click.echo(json.dumps(schema(kind), indent=2, ensure_ascii=False))
