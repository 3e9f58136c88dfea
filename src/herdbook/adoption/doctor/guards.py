"""What guards the files that the gate goes by: the policy, CODEOWNERS, .gitattributes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from herdbook.adoption.doctor.lack import Lack, place, unreadable
from herdbook.adoption.doctor.owners import Codeowners, pattern_matches
from herdbook.adoption.placing import inside, read_file
from herdbook.errors import HerdbookError
from herdbook.escaping.shell import quoted
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml

# Where each forge looks for CODEOWNERS: it takes the first that is there.
_CODEOWNERS = {
    "github": (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    "gitlab": ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
_LARGEST_CODEOWNERS = 3 * 1024 * 1024
_LEDGERS = ("models/m/aliases.yaml", "models/m/stages.yaml")
# Files of any catalog, so that a pattern is found out before there is a file that it fits.
_SAMPLES = (
    "herdbook.yaml",
    "datasets/d/dataset.yaml",
    "datasets/d/versions/1.yaml",
    "runs/e/r.yaml",
    "models/m/model.yaml",
    "models/m/versions/1.yaml",
    "models/m/card.yaml",
    "models/m/cards/1.yaml",
    *_LEDGERS,
    "endpoints/e.yaml",
)
_MOST_FILES = 2_000


def policy_lacks(root: Path, catalog: str, forges: Iterable[str]) -> Iterator[Lack]:
    """Look at the policy: who may approve, and whether anybody is asked."""
    path = inside(catalog, "herdbook.yaml")
    try:
        raw = read_file(root, path)
        said = parse_yaml(raw).value if raw is not None else None
    except HerdbookError as error:
        yield unreadable("unreadable-policy", path, "the policy", error)
        return
    if raw is None:
        yield Lack(
            "no-catalog",
            path,
            "there is no catalog here",
            "Begin one with a herdbook.yaml, and give its folder to `herdbook ci init` with --catalog.",
        )
        return
    policy, people = (_mapping(_mapping(said).get(part)) for part in ("policy", "people"))
    approvers = _texts(policy.get("approvers"))
    protected = {
        alias: _texts(_mapping(rule).get("approvers"))
        for alias, rule in _mapping(policy.get("protected_aliases", {"champion": {}})).items()
    }
    verified = policy.get("approvals") == "verified"
    if not verified:
        yield Lack(
            "approvals-declared",
            path,
            "approvals are only declared: whoever writes a name into `approved_by` has that person's "
            "approval",
            "Set `approvals: verified` in the policy, and give people their `logins` on the forge.",
        )
    open_to_all = [alias for alias, of_alias in protected.items() if not of_alias]
    if not approvers and open_to_all:
        yield Lack(
            "no-approvers",
            path,
            f"the policy names no approvers for {', '.join(open_to_all)}: anybody may approve a promotion",
            "Name them under `approvers` in the policy.",
        )
    if verified:
        yield from _login_lacks(path, {*approvers, *chain.from_iterable(protected.values())}, people, forges)


def _login_lacks(
    path: str, approvers: Collection[str], people: Mapping[str, Any], forges: Iterable[str]
) -> Iterator[Lack]:
    """Look at people: by which logins the reviews of approvers are known for theirs."""
    for forge in forges:
        unknown = sorted(
            name for name in approvers if forge not in _mapping(_mapping(people.get(name)).get("logins"))
        )
        if unknown and forge in _CODEOWNERS:
            yield Lack(
                "approver-without-login",
                path,
                f"no login on {forge} is known of {', '.join(unknown)}: a review of theirs cannot count",
                f"Write `logins: {{{forge}: ...}}` for them under `people`.",
            )


def catalog_lacks(catalogs: Iterable[str], judged: Iterable[frozenset[str] | None]) -> Iterator[Lack]:
    """Look for catalogs that no gate judges; silent where it cannot be told which ones it does.

    Args:
        catalogs: the folders of the catalogs.
        judged: for each gate, the folders that it is told to judge.
    """
    gates = [*judged]
    known = [folders for folders in gates if folders is not None]
    if not gates or len(known) < len(gates):
        return
    named = sorted(frozenset[str]().union(*known))
    for catalog in catalogs:
        if catalog not in named:
            yield Lack(
                "catalog-not-judged",
                inside(catalog, "herdbook.yaml"),
                f"no gate judges this catalog: the CI files have it judge {', '.join(named)}",
                f"Run `herdbook gate --catalog {quoted(catalog)}` in a job, too.",
            )


def owner_lacks(root: Path, catalogs: Sequence[str], forge: str, pipelines: Iterable[str]) -> Iterator[Lack]:
    """Look at CODEOWNERS: whether the files that the gate goes by need the approval of an owner."""
    places = _CODEOWNERS.get(forge)
    if places is None:
        return
    path, text = next(
        ((path, raw) for path in places if (raw := read_file(root, path)) is not None), (places[0], None)
    )
    init = f"`herdbook ci init {forge}` writes one."
    if text is None:
        yield Lack("no-codeowners", path, "there is no CODEOWNERS: nobody guards what the gate goes by", init)
        return
    if forge == "github" and len(text) > _LARGEST_CODEOWNERS:
        yield Lack(
            "codeowners-too-large",
            path,
            "CODEOWNERS is larger than 3 MB: GitHub overlooks all of it",
            "Make it smaller, with patterns for folders.",
        )
        return
    owners = Codeowners(text.decode("utf-8", "replace"), sections=forge == "gitlab")
    guarded = {
        "the policy": [inside(catalog, "herdbook.yaml") for catalog in catalogs],
        "the policies of models": [inside(catalog, "models/m/model.yaml") for catalog in catalogs],
        "the ledgers": [inside(catalog, ledger) for catalog in catalogs for ledger in _LEDGERS],
        "the workflows": sorted(pipelines),
        "CODEOWNERS itself": [path],
        ".gitattributes": [".gitattributes", *(inside(catalog, ".gitattributes") for catalog in catalogs)],
    }
    for what, files in guarded.items():
        bare = [file for file in files if not owners.guard(file)]
        if bare:
            yield Lack(
                "unguarded-file",
                path,
                f"CODEOWNERS names no owner for {what} ({', '.join(bare)}): a pull request may change "
                f"{'it' if len(files) == 1 else 'them'} without the approval of an owner",
                "Name one at the end of CODEOWNERS, where no later pattern undoes it.",
            )


def attribute_lacks(root: Path, catalogs: Sequence[str]) -> Iterator[Lack]:
    """Look at .gitattributes: what hides changes of the catalog, or merges them by itself."""
    for folder in sorted({"", *_above(catalogs)}):
        path = f"{folder}/.gitattributes".lstrip("/")
        raw = read_file(root, path)
        for number, line in enumerate((raw or b"").decode("utf-8", "replace").splitlines(), 1):
            pattern, *attributes = line.split() or [""]
            harm = _harm(attributes)
            if not harm or pattern.startswith("#"):
                continue
            files = (
                file for catalog in catalogs for file in _files(root, catalog) if file.startswith(folder)
            )
            hit = next(
                (file for file in files if pattern_matches(pattern, file[len(folder) :].lstrip("/"))), None
            )
            if hit is not None:
                attribute, what = harm
                yield Lack(
                    "harmful-attribute",
                    place(path, number),
                    f"{attribute} fits files of the catalog, such as {hit}: {what}",
                    "Delete it, or keep it away from the catalog.",
                )


def _harm(attributes: Iterable[str]) -> tuple[str, str] | None:
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        if attribute == "merge=union":
            return (
                attribute,
                "git merges both sides of a conflict, so that a ledger takes two rival promotions",
            )
        if name == "linguist-generated" and value != "false":
            return attribute, "the forge folds their changes away from reviewers"
        if attribute in ("binary", "-diff"):
            return attribute, "their changes are not shown to reviewers"
        if name == "working-tree-encoding" and value:
            return attribute, "what is checked out differs from what was committed and reviewed"
        if name == "filter" and value:
            return attribute, "what is checked out differs from what was committed, or is not there at all"
    return None


def _above(catalogs: Sequence[str]) -> Iterator[str]:
    """The folders of the catalogs, and those around them."""
    for catalog in catalogs:
        parts = [] if catalog == "." else catalog.split("/")
        yield from ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _files(root: Path, catalog: str) -> Iterator[str]:
    yield from (inside(catalog, sample) for sample in _SAMPLES)
    if (root / catalog).is_dir():
        for file in islice(DirTree(root / catalog).files(), _MOST_FILES):
            yield inside(catalog, file.path)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
