"""Globs for paths inside the catalog."""

import re

_TOKENS = re.compile(r"\*\*/|\*\*|.", re.DOTALL)


def glob_matches(glob: str, path: str) -> bool:
    """Tell whether a path is what a glob means.

    ``*`` and ``?`` stay within a folder, ``**`` crosses folders, ``**/`` also means no folder at all; all
    else means itself. The time is that of the product of both lengths, whatever the glob.
    """
    # reached[i]: the tokens so far can mean the first i characters of the path.
    reached = [True] + [False] * len(path)
    for token in _TOKENS.findall(glob):
        wide = token in ("**", "**/")
        following = reached.copy() if wide or token == "*" else [False] * len(reached)
        anywhere = False
        for index, character in enumerate(path):
            anywhere = anywhere or reached[index]
            if token == "**/":
                step = anywhere and character == "/"
            elif token == "**":
                step = anywhere
            elif token == "*":
                step = following[index] and character != "/"
            else:
                step = reached[index] and (character == token or (token == "?" and character != "/"))
            following[index + 1] = following[index + 1] or step
        reached = following
    return reached[-1]
