from pathlib import Path

from command_line import herdbook


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    done = herdbook("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "herdbook: catalog: there is no such folder; name the catalog with --catalog DIR\n"
    (tmp_path / "catalog").write_text("")
    assert herdbook("check", cwd=tmp_path).returncode == 2


def test_who_went_into_a_folder_below_is_told_where_the_catalog_is(tmp_path: Path) -> None:
    below = tmp_path / "catalog" / "runs" / "churn"
    (tmp_path / "src").mkdir()
    below.mkdir(parents=True)
    (tmp_path / "catalog" / "herdbook.yaml").write_text("herdbook: 1\nname: shop\n")
    for folder, near in ((below, "../.."), (tmp_path / "catalog", "."), (tmp_path / "src", "../catalog")):
        done = herdbook("check", cwd=folder)
        said = f"herdbook: catalog: there is no such folder; name the catalog with --catalog {near}\n"
        assert (done.returncode, done.stderr) == (2, said)
        assert herdbook("check", "--catalog", near, cwd=folder).returncode in (0, 1)


def test_a_hostile_name_on_the_command_line_is_shown_as_text(tmp_path: Path) -> None:
    done = herdbook("check", "--catalog", "\x1b[31m##[group]\u202e", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(r"herdbook: \x1b[31m#\x23[group]\u202e: there is no such folder")
