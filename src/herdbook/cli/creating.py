"""new: commands that add entries."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from herdbook.cli.completing import model_versions, people
from herdbook.cli.options import together
from herdbook.cli.reporting import address_in_repository, path_in_repository
from herdbook.cli.values import given, number, numbers, pairs, parameters, text_of
from herdbook.cli.writing import carried_out, changing, person_if_known, told
from herdbook.errors import HerdbookError

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.planning.creating import Input, Served

owner_option = click.option(
    "--owner",
    shell_complete=people,
    metavar="NAME",
    help="Whom to ask, and who keeps it in order. Left out, the person that git's user.email names.",
)

described = together(
    click.option("--title", metavar="TEXT", help="What people call it, if not by its name."),
    click.option("--description", metavar="TEXT", help="What it is and what it is for, in Markdown."),
    click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A label; repeatable."),
)
"""The options that say what people are to know of an entry."""


def description_of(options: dict[str, Any]) -> dict[str, Any]:
    """What people are to know of an entry, by the options of `described`."""
    tags = pairs("--tag", options["tags"])
    return dict(given(title=options["title"], description=options["description"], tags=tags))


@click.group("new")
def new_command() -> None:
    """Add a dataset, a model, an endpoint or a run.

    What is not known yet is named, to be filled in.
    """


@new_command.command("dataset")
@click.argument("name")
@described
@owner_option
@click.option("--licence", metavar="TEXT", help="What it may be used under, best as an SPDX identifier.")
@click.option("--contact", metavar="TEXT", help="Where questions go, if not to the owner.")
@click.option("--source", metavar="TEXT", help="Who collected the data, how, when, from whom.")
@click.option("--known-biases", metavar="TEXT", help="What they over- or under-represent.")
@click.option("--personal-data", metavar="TEXT", help="Which data about people they hold, on what ground.")
@changing
def new_dataset_command(
    name: str,
    licence: str | None,
    contact: str | None,
    source: str | None,
    known_biases: str | None,
    personal_data: str | None,
    **options: Any,
) -> int:
    """Add the dataset NAME; `dataset add` adds versions of it."""
    from herdbook.planning.creating import new_dataset

    known = given(
        licence=licence,
        contact=contact,
        source=source,
        known_biases=known_biases,
        personal_data=personal_data,
    )
    return told(
        carried_out(options, lambda catalog: new_dataset(catalog, name, _owned(catalog, options, known))),
        options,
    )


@new_command.command("model")
@click.argument("name")
@described
@owner_option
@click.option("--task", metavar="TEXT", help="What it does, in a few words: binary classification.")
@click.option("--licence", metavar="TEXT", help="What it may be used under, best as an SPDX identifier.")
@click.option("--contact", metavar="TEXT", help="Where questions go, if not to the owner.")
@click.option(
    "--section",
    "sections",
    metavar="NAME=TEXT",
    multiple=True,
    help="A section of its card, such as intended_use; repeatable.",
)
@changing
def new_model_command(
    name: str,
    task: str | None,
    licence: str | None,
    contact: str | None,
    sections: Sequence[str],
    **options: Any,
) -> int:
    """Add the model NAME, and its card with what has to be written in it."""
    from herdbook.planning.creating import new_model

    known = given(task=task, licence=licence, contact=contact)
    written = pairs("--section", sections)
    return told(
        carried_out(
            options, lambda catalog: new_model(catalog, name, _owned(catalog, options, known), written)
        ),
        options,
    )


@new_command.command("endpoint")
@click.argument("name")
@click.option(
    "--serves",
    shell_complete=model_versions,
    metavar="MODEL@ALIAS[=PERCENT]",
    multiple=True,
    required=True,
    help="An alias or a version behind it, and its share of the traffic; repeatable.",
)
@click.option(
    "--type",
    "type_",
    type=click.Choice(["online", "batch"]),
    default="online",
    show_default=True,
    help="Whether it answers requests or runs by a schedule.",
)
@click.option(
    "--environment",
    type=click.Choice(["production", "staging", "development"]),
    default="production",
    show_default=True,
    help="Where it stands; production is judged most strictly.",
)
@described
@owner_option
@click.option("--url", metavar="URI", help="Where callers reach it, or where a batch job writes to.")
@click.option("--schedule", metavar="TEXT", help="When a batch endpoint runs.")
@changing
def new_endpoint_command(
    name: str,
    serves: Sequence[str],
    type_: str,
    environment: str,
    url: str | None,
    schedule: str | None,
    **options: Any,
) -> int:
    """Add the endpoint NAME."""
    from herdbook.planning.creating import new_endpoint

    known = given(type=type_, environment=environment, url=url, schedule=schedule)
    items = _served(serves)
    return told(
        carried_out(
            options, lambda catalog: new_endpoint(catalog, name, _owned(catalog, options, known), items)
        ),
        options,
    )


@new_command.command("run")
@click.argument("name", metavar="ID")
@click.option("--experiment", metavar="NAME", required=True, help="The experiment that it belongs to.")
@click.option(
    "--type",
    "type_",
    type=click.Choice(["training", "preprocessing", "evaluation", "batch-inference"]),
    default="training",
    show_default=True,
    help="What it did.",
)
@click.option(
    "--status",
    type=click.Choice(["running", "finished", "failed", "killed"]),
    default="finished",
    show_default=True,
    help="How it ended.",
)
@click.option(
    "--input",
    "inputs",
    metavar="[ROLE=]REF",
    multiple=True,
    help="What it read: a dataset version, a model version, an output of a run, an address; repeatable.",
)
@click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="A parameter; repeatable.")
@click.option("--metric", "metrics", metavar="NAME=NUMBER", multiple=True, help="A result; repeatable.")
@click.option("--seed", "seeds", metavar="NAME=NUMBER", multiple=True, help="A seed; repeatable.")
@click.option("--no-seeds", is_flag=True, help="Nothing was drawn at random.")
@click.option(
    "--output",
    "outputs",
    metavar="NAME=FILE|URI",
    multiple=True,
    help="What it wrote; of a file, size and digest are taken; repeatable.",
)
@click.option(
    "--evaluates", metavar="MODEL/VERSION", shell_complete=model_versions, help="What an evaluation measured."
)
@click.option("--commit", metavar="HASH", help="The code that ran. Left out, the commit that is checked out.")
@click.option("--entry-point", metavar="FILE", help="The file or module that was started.")
@click.option("--command", "command_line", metavar="TEXT", help="The command line, without passwords.")
@click.option("--python", metavar="VERSION", help="The version of Python that it ran in.")
@click.option(
    "--requirements",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The packages that it ran with, as `pip freeze` writes them.",
)
@click.option("--container", metavar="IMAGE", help="The image that it ran in, with its digest.")
@click.option("--started-at", metavar="TIME", help="When it began, in UTC: 2024-03-15T09:12:00Z.")
@click.option("--ended-at", metavar="TIME", help="When it ended, in UTC.")
@click.option(
    "--user",
    metavar="NAME",
    shell_complete=people,
    help="Who started it. Left out, the person that git's user.email names.",
)
@described
@changing
def new_run_command(name: str, experiment: str, inputs: Sequence[str], **options: Any) -> int:
    """Add the run ID, for training code that does not record it with `herdbook.start_run`."""
    from herdbook.planning.creating import new_run

    known = _known_of_run(options)
    read = [_input(word) for word in inputs]

    def plan(catalog: "Catalog") -> Any:
        user = options["user"] or person_if_known(catalog, options["catalog_dir"])
        return new_run(catalog, experiment, name, {**known, **given(user=user)}, read)

    return told(carried_out(options, plan), options)


def _owned(catalog: "Catalog", options: dict[str, Any], known: Any) -> dict[str, Any]:
    """What is known of an entry that somebody owns, by the options of `described` and `--owner`."""
    owner = options["owner"] or person_if_known(catalog, options["catalog_dir"])
    return {**known, **given(owner=owner), **description_of(options)}


def _served(words: Sequence[str]) -> list["Served"]:
    from herdbook.planning.creating import Served

    found = []
    for word in words:
        model, equals, traffic = word.partition("=")
        found.append(Served(model, number("--serves", traffic) if equals else None))
    return found


def _input(word: str) -> "Input":
    from herdbook.planning.creating import Input

    role, equals, text = word.partition("=")
    # References hold no equals sign; addresses may, and a role no colon.
    return Input(text, role) if equals and ":" not in role else Input(word)


def _known_of_run(options: dict[str, Any]) -> dict[str, Any]:
    seeds: dict[str, float] | None = numbers("--seed", options["seeds"]) or None
    if options["no_seeds"]:
        if seeds:
            raise HerdbookError(
                "--no-seeds says that nothing was drawn at random, and --seed gives a seed; give one"
            )
        seeds = {}
    requirements = options["requirements"]
    environment = given(
        python=options["python"],
        requirements=_requirements(requirements) if requirements is not None else None,
        container=options["container"],
    )
    known = given(
        type=options["type_"],
        status=options["status"],
        started_at=options["started_at"],
        ended_at=options["ended_at"],
        code=_code(options),
        environment=environment,
        params=parameters("--param", options["params"]),
        metrics=numbers("--metric", options["metrics"]),
        outputs=_outputs(options["outputs"], options["catalog_dir"]),
        evaluates=options["evaluates"],
    )
    return {**known, **({} if seeds is None else {"seeds": seeds}), **description_of(options)}


def _requirements(path: Path) -> list[str]:
    lines = (line.strip() for line in text_of(path).split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _code(options: dict[str, Any]) -> dict[str, Any]:
    from herdbook.git import git_state

    code = {}
    entry_point = options["entry_point"]
    file = _file(entry_point) if entry_point is not None else None
    if options["commit"] is not None:
        code["commit"] = options["commit"]
    else:
        state = git_state(Path.cwd(), apart_from=options["catalog_dir"], entry_point=file)
        if state is not None:
            code = {"commit": state.commit, "dirty": state.dirty}
            code |= given(repository=state.repository, branch=state.branch)
    if file is not None:
        entry_point = path_in_repository(file, Path.cwd()) or entry_point
    return {**code, **given(entry_point=entry_point, command=options["command_line"])}


def _file(text: str) -> Path | None:
    """The file that a text names; a module, and what no system would call a file, is none."""
    with suppress(OSError, ValueError):
        if Path(text).is_file():
            return Path(text)
    return None


def _outputs(words: Sequence[str], catalog_dir: Path) -> list[dict[str, Any]]:
    from herdbook.digest import measure

    found: list[dict[str, Any]] = []
    for name, place in pairs("--output", words).items():
        if "://" in place:
            found.append({"name": name, "uri": place})
            continue
        measured = measure(Path(place))
        uri = address_in_repository(Path(place), catalog_dir)
        found.append({"name": name, **given(uri=uri), "digest": measured.digest, "size": measured.size})
    return found
