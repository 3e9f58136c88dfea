import re
from pathlib import Path

from markdown_it import MarkdownIt

from herdbook.site.book import Book
from herdbook.site.llms import llms_file
from site_samples import read, write_sample


def guide(catalog: Path) -> str:
    ((file, found),) = llms_file(Book(read(catalog)))
    assert file.path == "llms.txt"
    text = file.data.decode()
    html = MarkdownIt("gfm-like", {"html": True}).render(text)
    assert list(found.addresses) == re.findall(r'href="([^"]*)"', html)
    return text


def test_the_guide_is_a_title_a_summary_and_lists_of_links(tmp_path: Path) -> None:
    text = guide(write_sample(tmp_path))
    tokens = [token.tag for token in MarkdownIt("commonmark").parse(text) if token.nesting == 1]
    assert tokens[:4] == ["h1", "blockquote", "p", "p"]
    assert set(tokens[4:]) == {"h2", "ul", "li", "p"}
    sections = text.split("\n## ")
    assert [section.partition("\n")[0] for section in sections[1:]] == [
        "Models",
        "Endpoints",
        "Datasets",
        "Data for programs",
        "Optional",
    ]
    assert "- [churn](models/churn/index.md): 2 versions, champion: 2\n" in text


def test_the_guide_stays_short(tmp_path: Path) -> None:
    catalog = write_sample(tmp_path)
    for number in range(120):
        folder = catalog / "models" / f"model-{number}"
        folder.mkdir()
        (folder / "model.yaml").write_text(f"kind: model\nname: model-{number}\n")
    text = guide(catalog)
    assert text.count("](models/") == 51
    assert "- [All models](models/index.md): and 71 more\n" in text


def test_text_of_the_catalog_stays_text(tmp_path: Path) -> None:
    catalog = write_sample(tmp_path)
    title = r"'](https://evil.example) <b>x</b> ](/y) # https://a:geheim@b.example'"
    (catalog / "models/churn/model.yaml").write_text(f"kind: model\nname: churn\ntitle: {title}\n")
    text = guide(catalog)
    html = MarkdownIt("gfm-like", {"html": True}).render(text)
    assert "evil.example" in html
    assert "https" not in "".join(re.findall(r'href="([^"]*)"', html))
    assert "<b>" not in html
    assert "geheim" not in html
