from pathlib import Path

from herdbook.git import Tag, tags
from repositories import commit, git, initialised


def test_tags_say_what_they_are_of_and_who_made_them(tmp_path: Path) -> None:
    root = initialised(tmp_path / "repository")
    assert tags(root) == ()
    first = commit(root, {"a": "1"}, GIT_COMMITTER_DATE="2024-01-01T09:00:00Z")
    git(root, "tag", "light")
    git(root, "tag", "-a", "v1", "-m", "The first\n\nMore.", GIT_COMMITTER_DATE="2024-01-02T09:00:00+0100")
    git(root, "tag", "-a", "blob", "-m", "x", f"{first}:a", GIT_COMMITTER_DATE="2024-01-02T09:00:00Z")
    git(root, "tag", "tree", f"{first}^{{tree}}")
    at = "2024-01-01T09:00:00Z"
    assert tags(root) == (
        Tag("blob", "", "", annotated=True, by="Ana", at="2024-01-02T09:00:00Z", message="x"),
        Tag("light", first, at, annotated=False),
        Tag("tree", "", "", annotated=False),
        Tag("v1", first, at, annotated=True, by="Ana", at="2024-01-02T08:00:00Z", message="The first"),
    )


def test_a_tag_may_have_no_date(tmp_path: Path) -> None:
    root = initialised(tmp_path / "repository")
    made = commit(root, {"a": "1"})
    text = f"object {made}\ntype commit\ntag odd\n\nx\n"
    odd = git(root, "hash-object", "-t", "tag", "-w", "--literally", "--stdin", input=text)
    git(root, "update-ref", "refs/tags/odd", odd)
    late = text.replace("\n\n", "\ntagger <mail@example.org> 99999999999999 +0000\n\n")
    git(
        root,
        "update-ref",
        "refs/tags/late",
        git(root, "hash-object", "-t", "tag", "-w", "--literally", "--stdin", input=late),
    )
    assert [(tag.name, tag.by, tag.at) for tag in tags(root)] == [
        ("late", "mail@example.org", ""),
        ("odd", "", ""),
    ]
