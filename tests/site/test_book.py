"""Tests of the indexes that pages are made from."""

from pathlib import Path

import pytest

from any_files import tree_of
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.site.book import Book
from site_samples import TODAY, build_site, read, write_sample


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The example catalog, with the data of version 1 recalled, and runs that failed or point nowhere."""
    return Book(read(write_sample(tmp_path_factory.mktemp("book"))))


def test_recalled_data_taint_what_was_made_from_them_and_nothing_else(book: Book) -> None:
    assert [str(version.ref) for version in book.recalled] == ["datasets:/orders/v1"]
    tainted = ["runs:/train-1", "models:/churn/1", "runs:/evaluate-1"]
    sound = ["runs:/prepare-1", "runs:/train-2", "models:/churn/2", "datasets:/orders/v2"]
    sources = {ref: book.recalled_ancestor(Ref.parse(ref)) for ref in tainted + sound}
    assert {ref for ref, source in sources.items() if source is not None} == set(tainted)


def test_a_version_is_found_from_its_run_its_evaluations_and_its_aliases(book: Book) -> None:
    first, second = book.catalog.versions["churn", 1], book.catalog.versions["churn", 2]
    assert book.champion("churn") == second
    assert book.versions_of_run["train-2"] == [second]
    assert [run.id for run in book.evaluations["churn", 2]] == ["evaluate-2"]
    assert book.aliases == {("churn", 1): ["rollback"], ("churn", 2): ["champion"]}
    assert book.stages["churn", 2] == "production"
    assert [(str(share.alias), share.served.traffic) for share in book.endpoints["churn", 2]] == [
        ("models:/churn@champion", 90)
    ]
    assert [share.alias for share in book.endpoints["churn", 1]] == [None]
    assert len(book.shares_of_model("churn")) == 2
    words = [chip.text for chip in book.chips(first)]
    assert words == ["rollback", "staging", "deprecated", "recalled data"]


def test_links_lead_to_pages_that_there_are(book: Book) -> None:
    def path(ref: str) -> str | None:
        return book.link(Ref.parse(ref)).path

    assert path("models:/churn/2") == "models/churn/2.html"
    assert path("runs:/train-1/model") == f"{path('runs:/train-1')}#outputs"
    nowhere = ["models:/churn/9", "models:/chum", "runs:/gone", "runs:/train-1/gone", "datasets:/orders/v99"]
    assert [path(ref) for ref in nowhere] == [None] * len(nowhere)
    # An alias that the ledger does not hold leads to the model.
    assert path("models:/churn@gone") == path("models:/churn")
    assert path("models:/churn@champion") != path("models:/churn")


RUN_ELSEWHERE = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.fixture(scope="module")
def named_elsewhere() -> Book:
    """A catalog in which all is named as it was called where it was imported from."""
    origin = {"system": "mlflow"}
    run = {"kind": "run", "experiment": "trials", "type": "training", "status": "finished"}
    line = {"version": 1, "at": "2024-01-02T00:00:00Z", "by": "ana"}
    return Book(
        Records(
            read_catalog(
                tree_of(
                    {
                        f"runs/trials/{RUN_ELSEWHERE}.yaml": {
                            **run,
                            "id": RUN_ELSEWHERE,
                            "title": "swift-mouse-7",
                            "imported_from": origin,
                            "outputs": [{"name": "model", "uri": "s3://models/1"}],
                        },
                        "runs/trials/fold-1.yaml": {**run, "id": "fold-1", "parent": "swift-mouse-7"},
                        "models/churn-2/model.yaml": {
                            "kind": "model",
                            "name": "churn-2",
                            "title": "Churn",
                            "imported_from": origin,
                        },
                        "models/churn-2/versions/1.yaml": {
                            "kind": "model-version",
                            "model": "churn-2",
                            "version": 1,
                            "run": "swift-mouse-7",
                            "created_at": "2024-01-01T00:00:00Z",
                            "uri": "s3://models/1",
                        },
                        "models/churn-2/aliases.yaml": {
                            "kind": "aliases",
                            "model": "churn-2",
                            "aliases": {"champion": [{**line, "evidence": ["runs:/swift-mouse-7"]}]},
                        },
                        "endpoints/predict.yaml": {
                            "kind": "endpoint",
                            "name": "predict",
                            "type": "online",
                            "environment": "production",
                            "serves": [{"model": "Churn@champion"}, {"model": "Churn/1"}],
                        },
                    }
                )
            ),
            TODAY,
        )
    )


def test_what_was_called_otherwise_elsewhere_is_found_by_that_name_all_the_same(
    named_elsewhere: Book,
) -> None:
    book = named_elsewhere
    (version,) = book.catalog.versions.values()
    assert book.versions_of_run[RUN_ELSEWHERE] == [version]
    assert [run.id for run in book.children_of_run[RUN_ELSEWHERE]] == ["fold-1"]
    assert [str(share.named) for share in book.shares_of_model("churn-2")] == [
        "models:/churn-2@champion",
        "models:/churn-2/1",
    ]
    assert book.records.evidence == {Ref.run(RUN_ELSEWHERE): ((version.ref, "@champion"),)}
    paths = {ref: book.link(Ref.parse(ref)).path for ref in ("models:/Churn", "models:/Churn@champion")}
    assert paths == {
        "models:/Churn": "models/churn-2/index.html",
        "models:/Churn@champion": "models/churn-2/index.html#alias-champion",
    }


def test_metrics_are_those_of_the_evaluation_before_those_of_the_training(book: Book) -> None:
    version = book.catalog.versions["churn", 2]
    value, run = book.metrics_of(version)["auc"]
    assert (value, run.id) == (0.82, "evaluate-2")
    assert book.metric_names("churn", [version], 5) == ("auc",)
    assert book.metric_names("churn", [version], 0) == ()


def test_people_have_the_names_that_the_catalog_gives_them(book: Book) -> None:
    assert (book.person("bo"), book.role("bo")) == ("Bo", "risk officer")
    assert (book.person("stranger"), book.role("stranger")) == ("stranger", "")


@pytest.mark.parametrize(
    ("repository", "href"),
    [
        ("https://github.com/team/fraud.git", "https://github.com/team/fraud/commit/abc"),
        ("https://gitlab.example.com/team/fraud", "https://gitlab.example.com/team/fraud/-/commit/abc"),
        ("https://example.com/team/fraud/", "https://example.com/team/fraud/commit/abc"),
        ("git@github.com:team/fraud.git", ""),
        ("javascript://github.com/team/fraud", ""),
        ('https://example.com/a"onclick="b', ""),
        ("https://user:word@example.com/team/fraud", ""),
        ("", ""),
    ],
)
def test_a_commit_is_linked_where_the_repository_tells_how(book: Book, repository: str, href: str) -> None:
    assert book.commit_href(repository, "abc") == href


def test_a_finding_leads_to_the_page_of_its_entry(book: Book) -> None:
    pages = {
        finding.place.source.path: book.page_of(finding) for finding in book.findings(*book.catalog.entries())
    }
    assert pages["runs/churn/odd.yaml"] == "runs/odd.html"
    assert pages["models/churn/aliases.yaml"] == "models/churn/index.html"


def test_what_is_found_on_the_card_of_a_version_that_is_gone_leads_to_the_model(tmp_path: Path) -> None:
    catalog = write_sample(tmp_path)
    (catalog / "models/churn/versions/2.yaml").unlink()
    book = Book(read(catalog))
    (found,) = (finding for finding in book.report.findings if finding.place.file.endswith("cards/2.yaml"))
    assert found.rule == "unknown-reference"
    assert book.page_of(found) == "models/churn/index.html"
    build_site(catalog, tmp_path / "out")


def test_a_catalog_without_a_file_of_its_own_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Book(read(tmp_path / "empty")).name == "Herdbook"
