"""schema."""

import json

import click


@click.command("schema")
@click.argument("kind")
def schema_command(kind: str) -> None:
    """Print the JSON Schema of a kind of entry, for editors and other tools."""
    from herdbook.schema import schema

    click.echo(json.dumps(schema(kind), indent=2, ensure_ascii=False))
