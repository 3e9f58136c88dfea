"""A small site of hand-made pages."""

from markupsafe import Markup

from herdbook.site.page import Page, Section

NASTY = """"><script>alert(1)</script>'&amp;<img src=x onerror=alert(1)> {{ 7*7 }} %s \u202e"""


def page(path: str, section: Section, text: str = "Some text.", title: str = "A page") -> Page:
    return Page(
        path=path,
        title=title,
        description="What the page is about.",
        section=section,
        body=Markup("<h1>{}</h1>\n\n<p>{}</p>\n\n    <pre>indented\n\n  * no list</pre>").format(title, text),
        search_text=text,
        search_tags=("b7d9e4",),
    )


PAGES = (
    page("index.html", Section.HOME),
    page("models/index.html", Section.MODELS, NASTY, NASTY),
    page("models/clf/7.html", Section.MODELS, "Fraud detector.", "clf version 7"),
    page("runs/exp-47b.html", Section.EXPERIMENTS, "A run.", "exp-47b"),
)
