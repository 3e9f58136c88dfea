"""Build the site of a catalog: all of it, what changed since it was built, or a shard of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from herdbook import __version__
from herdbook.queries.records import Records
from herdbook.sharing import aside
from herdbook.site import api
from herdbook.site.chrome import Chrome, build_chrome
from herdbook.site.keys import Keys
from herdbook.site.layout import Renderer
from herdbook.site.links import DeadLinkError, LinkCheck
from herdbook.site.prints import Print, print_beside
from herdbook.site.publication import BuildResult, Done, Progress, Publication
from herdbook.site.record import SiteRecord, can_keep, load, save, state_of_building
from herdbook.site.shard import Heading, Notes, Part, Shard
from herdbook.site.since import seen
from herdbook.site.templates import Templates
from herdbook.site.updating import UnsureError, keyed, update
from herdbook.site.work import Work, folder_of
from herdbook.site.write import Draft, NotAsRecordedError, can_update, fill_site


def build(
    records: Records,
    out: Path,
    *,
    templates: Path | None = None,
    renderer: Renderer = "wasm",
    progress: Progress | None = None,
    chrome: Chrome | None = None,
    share: bool = False,
    standing: Callable[[], Print | None] | None = None,
) -> BuildResult:
    """Build the site of a catalog in the folder `out`, in place of an earlier one.

    Of what an earlier build left there and recorded in the user's cache, only those files are made again that
    a change can reach; the site is the same, byte for byte.

    Args:
        records: what is published; findings of the check stand on the pages of the entries they concern.
        out: the folder of the site.
        templates: a folder of templates and assets, laid over our own file by file.
        renderer: what draws graphs: ``wasm``, the built-in Graphviz, or ``dot``, the system's.
        progress: told how many pages are done.
        chrome: the frame of an earlier build with the same templates, which saves making it again.
        share: whether two copies of this process make the pages; the site is the same.
        standing: takes the print of what stands in `out`, where somebody has begun with that.

    Raises:
        HerdbookError: `out` holds files of others, a template is faulty, or a link leads nowhere.
        StorageError: reading or writing failed; an earlier site stays as it was.
    """
    overlaid, folder = Templates(templates), folder_of(records.catalog)
    state = _state(out, overlaid, renderer, folder)
    record = load(out, state) if state is not None else None
    layouts = record.layouts if record is not None else {}
    work = Work(records, overlaid, renderer, layouts)
    if record is not None:
        try:
            return update(work, record, out, progress, standing or print_beside(out), share=share)
        except (UnsureError, NotAsRecordedError, DeadLinkError):
            # What is wrong with a link is told by a build that sees all of them.
            work = Work(records, overlaid, renderer, layouts)
    # That of a record comes without its assets.
    frame = chrome if chrome is not None and chrome.assets else None
    frame = _loaded(work, frame, folder, share=share)
    check = LinkCheck(folder, overlaid.origin)
    publication = Publication(work.book.imprint, frame, check, progress, work.layouts)

    def fill(draft: Draft) -> None:
        publication.whole(work.jobs(), api.schemas(), draft, share=share)

    files = fill_site(out, fill)
    # What was made from itself has no beginning at which its keys could.
    if state is not None and not publication.faulty and not records.cyclic:
        _remember(work, publication, state, out, share=share)
    return BuildResult.of(publication, out, files)


def build_shard(
    records: Records,
    out: Path,
    shard: Shard,
    *,
    templates: Path | None = None,
    renderer: Renderer = "wasm",
    progress: Progress | None = None,
    chrome: Chrome | None = None,
    share: bool = False,
) -> BuildResult:
    """Build a shard of the site of a catalog in the folder `out`, always from nothing.

    The arguments are those of `build`. Dead links are told when the shards are merged.

    Raises:
        HerdbookError: `out` holds files of others, or a template is faulty.
        StorageError: reading or writing failed.
    """
    overlaid, folder = Templates(templates), folder_of(records.catalog)
    building = state_of_building(overlaid, renderer, folder)
    work = Work(records, overlaid, renderer)
    catalog = Keys(work.book, building).of_catalog()
    frame = _loaded(work, chrome, folder, share=share)
    check = LinkCheck(folder, overlaid.origin)
    publication = Publication(work.book.imprint, frame, check, progress, work.layouts)

    def fill(draft: Draft) -> None:
        notes, last = Notes(overlaid.origin), sum(1 for _ in work.jobs())
        numbers = filter(shard.has, range(last))
        jobs = (job for number, job in enumerate(work.jobs()) if shard.has(number))

        def note(done: Done) -> None:
            notes.add(Part(next(numbers), done.passed, done.entry))

        publication.do(jobs, draft, share=share, note=note)
        if shard.has(last):
            notes.add(Part(last, publication.add_belongings(api.schemas(), draft)))
        draft.add(
            notes.file(Heading(shard, last + 1, __version__, building.hex(), catalog, folder, frame.search))
        )

    return BuildResult.of(publication, out, fill_site(out, fill))


def _loaded(work: Work, chrome: Chrome | None, folder: str, *, share: bool) -> Chrome:
    """Have all ready that jobs need; return the frame, which is made beside that where there is none yet."""
    make = partial(build_chrome, work.templates, folder)
    made = aside(make) if share and chrome is None else lambda: chrome
    if share:
        work.load()
    # What is wrong with the frame is met here again, and told.
    return made() or make()


def _state(out: Path, templates: Templates, renderer: Renderer, folder: str) -> bytes | None:
    """What the build of a site follows from besides its catalog; `None` where nothing is to be kept of it."""
    # Another version of the system's `dot` may draw otherwise, and does not tell.
    if renderer != "wasm" or not can_update() or not can_keep(out):
        return None
    try:
        return state_of_building(templates, renderer, folder)
    except OSError:
        return None


def _remember(work: Work, publication: Publication, state: bytes, out: Path, *, share: bool) -> None:
    """Keep a record of what was written, and of layouts that were used, earlier ones among them."""
    left = print_beside(out)
    wanted = {job.path: key for key, job in work.keyed_jobs(state, share=share)}
    found = left()
    if found is None:
        return
    made, layouts = keyed(wanted, publication.made), work.layouts.packed()
    save(out, SiteRecord(state, found, seen(work.records), made, layouts, publication.chrome))
