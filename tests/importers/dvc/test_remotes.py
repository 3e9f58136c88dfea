import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.dvc.remotes import Config, Remotes, parse_config

MD5 = "8c9563aa0d87a7e98288f19e28738c7e"
KEY = "8c/9563aa0d87a7e98288f19e28738c7e"
CONFIG = """\
[core]
    analytics = false
    remote = store
['remote "store"']
    url = s3://ana:secret@shop/dvc 2/
    endpointurl = https://minio.example.org
['remote "below"']
    url = remote://store/teams/risk
[remote "named"]
    url = "gs://shop/by name"
    version_aware = True
['remote "below-named"']
    url = remote://named/x
['remote "mine"']
    url = /home/ana/store
['remote "windows"']
    url = C:\\store
['remote "file"']
    url = file:///srv/store
['remote "ring"']
    url = remote://ring/x
['remote "empty"']
['remote "long"']
    url = https://example.org/%s
""" % ("x" * 3_000)


def stored(path: str = "data/orders 1.csv", about: object = None, **stated: object) -> str:
    config = parse_config(CONFIG.encode())
    remotes = Remotes(lambda folder: config if folder == "" else None)
    options = {"remote": about} if isinstance(about, str) else about
    assert options is None or isinstance(options, dict)
    return remotes.stored(path, {"md5": MD5, "hash": "md5", **stated}, options or {})


def test_data_are_where_dvc_keeps_them() -> None:
    assert stored() == f"s3://shop/dvc%202/files/md5/{KEY}"
    assert stored(md5=f"{MD5}.dir") == f"s3://shop/dvc%202/files/md5/{KEY}.dir"
    assert stored(hash=None) == f"s3://shop/dvc%202/{KEY}"
    assert stored(about="below") == f"s3://shop/dvc%202/teams/risk/files/md5/{KEY}"


def test_storages_that_keep_versions_have_files_by_their_names() -> None:
    assert stored(about="named") == "gs://shop/by%20name/data/orders%201.csv"
    cloud = {"named": {"etag": "x", "version_id": "a/b"}, "store": {"version_id": 3}}
    assert stored(about="named", cloud=cloud) == "gs://shop/by%20name/data/orders%201.csv?versionId=a%2Fb"
    assert stored(about="below-named") == "gs://shop/by%20name/x/data/orders%201.csv"


@pytest.mark.parametrize(
    "about",
    [
        *("mine", "windows", "file", "ring", "empty", "long", "unknown", ""),
        {"cache": False},
        {"push": False},
    ],
)
def test_what_others_cannot_reach_is_nowhere(about: object) -> None:
    assert stored(about=about) == ""


def test_what_has_no_digest_of_dvc_is_nowhere() -> None:
    for md5 in (None, 3, "", "Z" * 32, f"{MD5}0", f"../{MD5}"):
        assert stored(md5=md5) == ""
    assert stored("s3://elsewhere/x") == ""


def test_the_nearest_configuration_holds() -> None:
    found = {"": parse_config(CONFIG.encode()), "a/b": Config("x", {"x": {"url": "s3://x", "worktree": "1"}})}
    remotes = Remotes(found.get)
    assert remotes.stored("a/b/c/d.csv", {}, {}) == "s3://x/c/d.csv"
    assert remotes.stored("a/d.csv", {"md5": MD5}, {}) == f"s3://shop/dvc%202/{KEY}"
    assert Remotes(lambda folder: None).stored("a/d.csv", {"md5": MD5}, {}) == ""


def test_what_is_no_configuration_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"^File contains no section headers\. file: \S+ line: 1"):
        parse_config(b"remote = x\n")


@given(st.text(st.sampled_from("[]'\"=\n core remote url = s3://x:/@%\\#;\0é"), max_size=60))
def test_any_configuration_is_read_or_refused(text: str) -> None:
    try:
        config = parse_config(text.encode())
    except ValueError:
        return
    for name in (config.default, *config.remotes):
        Remotes(lambda folder: config).stored("x", {"md5": MD5}, {"remote": name})
