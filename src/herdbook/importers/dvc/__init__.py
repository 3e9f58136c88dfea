"""What DVC keeps in git: data that it tracks, and the stages of its pipelines as they ran.

Everything is read from the commits that are asked for; nothing is checked out, and no data are needed. A
version of a dataset is known by the digest of its data, and a run by all that its stage had recorded: so the
same state, found in many commits, is one entry.
"""

import re
from collections.abc import Sequence

from herdbook.errors import HerdbookError
from herdbook.git import Repository, tags
from herdbook.importers.dvc.reading import Reading
from herdbook.planning.drafts import Imported

_EXPERIMENTS = "refs/exps"
_EXPERIMENT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{38}/(?P<name>.+)")
"""DVC keeps an experiment under the commit that it began from; what else is there are its own notes."""


def read_dvc(
    repository: Repository,
    revisions: Sequence[str],
    *,
    all_tags: bool = False,
    all_experiments: bool = False,
) -> Imported:
    """Read what DVC keeps in commits of a repository.

    Args:
        repository: the repository, and the folder in it that DVC was started in.
        revisions: the commits, by any name that git knows; the oldest first.
        all_tags: read those that are tagged, too.
        all_experiments: read those that DVC keeps of experiments, too.

    Raises:
        HerdbookError: there is no such commit.
    """
    commits: dict[str, None] = {}
    for revision in revisions:
        commit = repository.commit(revision)
        if commit is None:
            raise HerdbookError(
                f"there is no commit {revision!r} in {repository.folder}; name a tag or a branch"
            )
        commits[commit] = None
    if all_tags:
        tagged = (tag for tag in tags(repository.folder) if tag.commit)
        commits |= dict.fromkeys(tag.commit for tag in sorted(tagged, key=lambda tag: tag.committed_at))
    experiments = _experiments(repository) if all_experiments else {}
    commits |= dict.fromkeys(experiments)
    reading = Reading(repository, experiments)
    if all_experiments and not experiments:
        told = "there are no experiments in this copy of it; `dvc exp pull` fetches those of others"
        reading.found.report(reading.name, told, is_loss=False)
    for commit in commits:
        reading.at(commit)
    return reading.imported()


def _experiments(repository: Repository) -> dict[str, str]:
    """The commits of experiments and what these are called, the oldest first."""
    found = [tag for tag in tags(repository.folder, _EXPERIMENTS) if tag.commit]
    return {
        tag.commit: match["name"]
        for tag in sorted(found, key=lambda tag: tag.committed_at)
        if (match := _EXPERIMENT.fullmatch(tag.name))
    }
