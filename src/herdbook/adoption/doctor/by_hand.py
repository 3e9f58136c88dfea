"""What no file of a repository shows, and an owner must set by hand on the forge."""

BY_HAND: dict[str, tuple[tuple[str, str], ...]] = {
    "github": (
        (
            'Require the status check "gate" on the default branch, with GitHub Actions as its only source',
            "Otherwise its verdict is advice. A check from any source can be set by whoever holds a token.",
        ),
        (
            "Require a pull request with at least one approval and a review from Code Owners",
            "A pull request runs the workflow that it brings: only a code owner who must approve keeps it "
            "from replacing the gate by a job of the same name that always passes. CODEOWNERS alone only "
            "asks for a review.",
        ),
        (
            "Dismiss stale approvals when new commits are pushed, and require approval of the most recent "
            "push",
            "Otherwise somebody gets a harmless change approved and pushes another one after it.",
        ),
        (
            "Allow nobody to bypass these rules (administrators included), to force-push or to delete the "
            "branch; restrict who can push",
            "A ledger is only as good as the branch that it stands on.",
        ),
        (
            "Require branches to be up to date before merging, or use a merge queue",
            "Two pull requests that are each in order can clash when both are merged.",
        ),
        (
            "Make the owners in CODEOWNERS people and teams with write access",
            "GitHub overlooks lines with owners that it does not know or that cannot write; it shows them "
            "as errors when one opens the file on the forge.",
        ),
        (
            "In the settings of Actions, give workflows read permissions by default and do not let them "
            "create and approve pull requests",
            "Otherwise a workflow can approve the change that it comes with.",
        ),
        (
            "Require approval before workflows of outside contributors run",
            "Whoever opens a pull request would otherwise run code on your runners at once.",
        ),
        (
            "Let only the default branch deploy to the environment github-pages",
            "Otherwise a workflow on any branch can publish a site of its own.",
        ),
        (
            "After an approval, run the gate again (Re-run jobs) where approvals are verified",
            "The gate counts the reviews that are there when it runs, and a review starts no run.",
        ),
        (
            "In an organisation: a ruleset that requires this workflow, taken from another repository "
            '("Require workflows to pass before merging")',
            "Then the workflow itself is out of reach of the pull request, even of one that code owners "
            "overlook.",
        ),
    ),
    "gitlab": (
        (
            "Protect the default branch: nobody pushes or force-pushes, merging is for maintainers, "
            "approval by code owners is required (Premium)",
            "A ledger is only as good as the branch that it stands on, and CODEOWNERS alone asks nobody.",
        ),
        (
            'Switch on "Pipelines must succeed" and leave "Skipped pipelines are considered successful" off',
            "Otherwise the verdict of the gate is advice, and a pipeline that is skipped passes.",
        ),
        (
            "Take the CI/CD configuration file from another project that only owners can change, or "
            "enforce it by a pipeline execution policy (Ultimate)",
            "A merge request runs the pipeline that it brings, and may bring one without the gate.",
        ),
        (
            "Prevent approval by the author and by users who add commits, remove all approvals when "
            "commits are added, and prevent editing approval rules in merge requests",
            "Otherwise somebody approves a change of their own, or changes it after it was approved.",
        ),
        (
            "Run pipelines for merge requests from forks in this project (Premium), or take merge requests "
            "from branches of this project only",
            "The pipeline of a fork sees the branches of the fork, which its owner writes: the gate reaches "
            "no verdict there.",
        ),
        (
            "Use merge trains or semi-linear history (fast-forward only)",
            "Two merge requests that are each in order can clash when both are merged.",
        ),
        (
            "Where approvals are verified, set HERDBOOK_GITLAB_TOKEN to a token that may only read the "
            "API (read_api), masked; a protected one reaches only pipelines of protected branches",
            "The token of the job may not read approvals. A pipeline that a merge request brings can read "
            "this token: it must not be able to do more than read.",
        ),
        (
            "Run the gate again after an approval where approvals are verified",
            "The gate counts the approvals that are there when it runs, and an approval starts no pipeline.",
        ),
        (
            "Pin the image of the jobs by its digest",
            "A tag of an image means another image tomorrow.",
        ),
    ),
    "azure": (
        (
            "Add a build-validation policy with this pipeline to the default branch: required, expiring "
            "at once when the branch is updated, without a path filter",
            "Azure Repos starts no pipeline for a pull request by itself, and two pull requests that are "
            "each in order can clash when both are merged.",
        ),
        (
            "Automatically include required reviewers for /catalog/herdbook.yaml, model.yaml, the ledgers "
            "and the pipeline file; a path of the policy for each",
            "Azure Repos knows no CODEOWNERS: this policy takes its place.",
        ),
        (
            "Require a minimum number of reviewers, prohibit the most recent pusher from approving their "
            "own changes, and reset all votes on new changes",
            "Otherwise somebody approves a change of their own, or changes it after it was approved.",
        ),
        (
            'Deny "Bypass policies", "Contribute" and "Force push" on the default branch to everybody',
            "A ledger is only as good as the branch that it stands on.",
        ),
        (
            "Keep `approvals: declared`, or read the votes of the pull request into a file for `herdbook "
            "gate --reviews`",
            "herdbook does not read the votes of Azure Repos itself.",
        ),
        (
            "Where the pipeline builds forks, do not make secrets available to them",
            "A pull request runs the pipeline that it brings.",
        ),
    ),
}
