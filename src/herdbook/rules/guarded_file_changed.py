"""Who changes the files that guard the catalog needs the review of an approver.

Why: the gate is started by a workflow, approvals are asked for by CODEOWNERS, and `.gitattributes` decides
what reviewers see of a file and how two changes are merged. A change that may edit them at will may switch
off what judges it. The files are guarded wherever they stand in the repository, in the catalog or outside.

Where there was no catalog before, there was nothing to guard. The finding goes away when somebody who may
approve, and who wrote no part of the change, approves it in a review (`herdbook gate --reviews FILE`); as
many must as the alias, of any model, that needs the most approvals asks for.

Option `paths`: patterns of the files, from the root of the repository, without regard to case; `**` crosses
folders.

Bad, as no approver reviewed it:

```yaml
# ../.github/workflows/lineage-gate.yml, whole
on: push  # <- here
jobs: {}
```

Good:

```yaml
# ../.github-notes.yml, whole
on: push
```
"""

from collections.abc import Iterator, Sequence

from herdbook.finding import Finding, Place, Severity
from herdbook.globs import glob_matches
from herdbook.rules.context import Context
from herdbook.yaml.parsed import START

ID, FAMILY, SEVERITY = "guarded-file-changed", "change", Severity.ERROR

GUARDED = (
    ".github/**",
    ".gitlab/**",
    ".gitea/**",
    ".forgejo/**",
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    "**/.gitattributes",
)


def check(context: Context, *, paths: Sequence[str] = GUARDED) -> Iterator[Finding]:
    """Report each guarded file that changes without the review of an approver."""
    change = context.change
    if change is None or not change.base.paths:
        return
    lacking = context.lacking_reviews()
    if not lacking:
        return
    for source in change.touched:
        # Where case does not count in names of files, `.GitAttributes` does what `.gitattributes` does.
        if any(glob_matches(pattern.casefold(), source.path.casefold()) for pattern in paths):
            yield Finding(
                ID,
                SEVERITY,
                f"{source.path} guards the catalog, and its change lacks {lacking}",
                Place(source, known=START),
                "Have the last commit approved, or leave the file alone.",
            )
