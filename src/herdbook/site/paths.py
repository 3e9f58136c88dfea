"""Where things stand on the site: one address for each entry, list and rule.

Names of entries hold no ``~``, so ``index~2.html`` never meets an entry's own page.
"""

from functools import lru_cache

from herdbook.ref import Kind, Ref, is_name

HOME = "index.html"
NOT_FOUND = "404.html"
# GitHub's pages would otherwise go through a site generator of its own.
NO_JEKYLL = ".nojekyll"
API = "api/v1"
WITHSTANDS = "rules/what-the-gate-withstands.html"


def path_of(ref: Ref) -> str:
    """Return the path of an entry's page, with a fragment where the entry is a part of a page.

    A version must be given by its number: resolve labels first.
    """
    if ref.kind is Kind.RUN:
        page = f"runs/{_file(ref.name)}.html"
        return page if ref.output is None else f"{page}#outputs"
    if ref.kind is Kind.ENDPOINT:
        return f"endpoints/{_file(ref.name)}.html"
    if ref.version is not None:
        return f"{ref.kind}/{_folder(ref.name)}/{_file(ref.version)}.html"
    page = f"{ref.kind}/{_folder(ref.name)}/index.html"
    return page if ref.alias is None else f"{page}#alias-{ref.alias}"


def ref_at(path: str) -> Ref | None:
    """Return what would have its page at `path`; `None` where no entry could."""
    kind, *names = path.removesuffix(".html").split("/")
    if kind not in Kind.__members__.values():
        return None
    match [name.removesuffix("~") for name in names]:
        case [name] if is_name(name):
            ref = Ref(Kind(kind), name)
        case [name, "index"] if is_name(name) and not names[1].endswith("~"):
            ref = Ref(Kind(kind), name)
        case [name, version] if is_name(name) and is_name(version):
            ref = Ref(Kind(kind), name, version)
        case _:
            return None
    return ref if path_of(ref) == path else None


def path_of_experiment(name: str) -> str:
    """Return the path of the first page of an experiment."""
    return f"experiments/{_folder(name)}/index.html"


def path_of_rule(rule: str) -> str:
    """Return the path of a rule's page."""
    return f"rules/{rule}.html"


def path_of_impact(ref: Ref) -> str:
    """Return the path of the page that tells what a dataset, or a version of it, touches."""
    return f"{path_of(ref).removesuffix('.html')}~impact.html"


def path_of_comparison(ref: Ref, other: Ref) -> str:
    """Return the path of the page that sets a version of a model against another version of it."""
    return f"{path_of(ref).removesuffix('.html')}~against-{other.version}.html"


def path_of_list(first: str, number: int) -> str:
    """Return the path of the `number`-th page (from 1) of a list whose first page is `first`."""
    stem, dot, suffix = first.rpartition(".")
    return first if number == 1 else f"{stem}~{number}{dot}{suffix}"


def path_of_twin(path: str) -> str:
    """Return the path of the Markdown twin of the page at `path`."""
    return f"{path.removesuffix('.html')}.md"


def path_of_rows(path: str) -> str:
    """Return the path of the rows of the long list on the page at `path`."""
    return f"{path.removesuffix('.html')}.json"


def path_of_api(ref: Ref) -> str:
    """Return the path of the API's file about an entry."""
    if ref.kind is Kind.MODEL and ref.alias is not None:
        return f"{API}/models/{_folder(ref.name)}/aliases/{_file(ref.alias)}.json"
    if ref.version is not None:
        return f"{API}/{ref.kind}/{_folder(ref.name)}/versions/{_file(ref.version)}.json"
    return f"{API}/{ref.kind}/{_file(ref.name)}.json"


def path_of_runs(experiment: str) -> str:
    """Return the path of the API's first file about the runs of an experiment."""
    return f"{API}/experiments/{_file(experiment)}.json"


def path_of_answer(ref: Ref, question: str) -> str:
    """Return the path of the API's answer to a question about an entry."""
    folder, _, name = path_of_api(ref).rpartition("/")
    return f"{folder}/{_folder(name.removesuffix('.json'))}/{question}.json"


def path_of_badge(model: str, alias: str) -> str:
    """Return the path of the badge of an alias."""
    return f"{API}/badges/{_folder(model)}/{_file(alias)}.json"


def depth_of(path: str) -> int:
    """Count the folders above a page."""
    return path.count("/")


def relative(origin: str, target: str) -> str:
    """Return the address of `target` as a link on the page `origin` writes it; both are paths of the site."""
    return _from_folder(origin.rpartition("/")[0], target)


# The pages of a folder write it alike.
@lru_cache(maxsize=65536)
def _from_folder(folder: str, target: str) -> str:
    here = folder.split("/") if folder else []
    page, hash_, fragment = target.partition("#")
    there = page.split("/")
    common = 0
    while common < min(len(here), len(there) - 1) and here[common] == there[common]:
        common += 1
    steps = [".."] * (len(here) - common) + there[common:]
    # Names hold no colon, so that a first step can never be taken for a scheme.
    return "/".join(steps) + hash_ + fragment


def _file(name: str) -> str:
    # An entry may well be called "index"; its page must not take the place of the list's.
    return f"{name}~" if name.lower() == "index" else name


def _folder(name: str) -> str:
    # One called "index.html" would take the place of that page.
    return f"{name}~" if name.lower().endswith((".html", ".md", ".json")) else name
