"""export: write what the catalog holds in the formats of others."""

from pathlib import Path

import click

from herdbook.cli.completing import model_versions
from herdbook.cli.options import catalog_option, opened


@click.group("export")
def export_command() -> None:
    """Print what the catalog holds in the formats of others."""


@export_command.command("hf-card")
@click.argument("reference", shell_complete=model_versions)
@catalog_option
def export_hf_card(reference: str, catalog_dir: Path) -> None:
    """Print the card of REFERENCE, a model or a version of one, as a README file of the Hugging Face Hub."""
    from herdbook.exporters.hf_card import hf_card

    click.echo(hf_card(opened(catalog_dir), reference), nl=False)
