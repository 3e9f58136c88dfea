"""Keep small artifacts, such as figures, as files."""

from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError


def save(figure: Any, path: Path) -> None:
    """Write a figure of matplotlib or plotly, an image of Pillow, or a text into a file.

    What the file is follows from the end of its name, as these libraries have it; none of them is needed for
    the others.

    Raises:
        HerdbookError: it is none of these, or there is such a file.
    """
    if path.exists():
        raise HerdbookError(f"{path} is there already; give the figure another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    match figure:
        case str():
            path.write_text(figure, encoding="utf-8")
        case bytes():
            path.write_bytes(figure)
        case _ if hasattr(figure, "savefig"):  # matplotlib
            figure.savefig(path)
        case _ if hasattr(figure, "write_html"):  # plotly; pictures need its package kaleido
            if path.suffix == ".html":
                figure.write_html(path, include_plotlyjs="cdn")  # with the library in it, it has 5 MB
            else:
                figure.write_image(path)
        case _ if hasattr(figure, "save"):  # Pillow
            figure.save(path)
        case _:
            raise HerdbookError(
                f"a {type(figure).__name__} is no figure; give one of matplotlib, plotly or Pillow, or a text"
            )
