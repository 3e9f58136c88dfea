"""Take passwords and keys out of what is recorded or brought in."""

import re
from collections.abc import Iterable, Iterator

MASK = "****"

# "token" is also a word of language models: pad_token, max_tokens and tokenizer are no secrets.
_TOKEN = r"(?<!pad.)(?<!eos.)(?<!bos.)(?<!unk.)(?<!sep.)(?<!cls.)(?<!mask.)(?<!stop.)(?<!per.)token(?![a-z])"
# Taken as a whole: a long word that holds many such names is looked through once.
_NAME = (
    r"(?<![\w.-])(?>[\w.-]*(?:passw(?:or)?d|passphrase|secret|credential|bearer"
    rf"|(?:api|access|private|account|auth)[_-]?key|{_TOKEN})[\w.-]*)"
)
_WORD_TOKEN = re.compile("token", re.IGNORECASE)
_IS_NAME = re.compile(_NAME, re.IGNORECASE)
# As people write it, and as dictionaries of Python and JSON show it.
_VALUE = r"""(?:"(?:[^"\\\n]|\\.){0,2000}"|'(?:[^'\\\n]|\\.){0,2000}'|\[[^]\n]{0,2000}\]|[^\s&,;]+)"""
_ASSIGNED = re.compile(rf"(?P<name>{_NAME})(?P<sign>[\"']?\s*[=:]\s*)(?P<value>{_VALUE})", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?", re.IGNORECASE)
# A pattern that began with the scheme would begin anew at each letter of a long word.
_USER_OF_ADDRESS = re.compile(r"://(?P<user>[^\s/?#]*)@")
_WITH_CONTAINER = re.compile(r"(?<![\w+.-])(?:abfss?|wasbs?)\Z", re.IGNORECASE)
"""Schemes of Azure's, whose addresses have the name of a container where others have that of a user."""
_LONGEST_WITH_CONTAINER = 6
_QUOTES = "\"'"
_ENDS = ")}].,"
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_AROUND_NAMES = f"+~{_QUOTES}"
"""What may stand before a name in a command: Hydra adds a value with `+`, say."""
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'])+""")
_SIGNED = re.compile(r"(?P<name>[?&](?:sig|signature|x-amz-[a-z-]+|x-goog-[a-z-]+)=)[^\s&]+", re.IGNORECASE)
# Keys that their makers gave a prefix, so that they can be found.
_MADE_TO_BE_FOUND = re.compile(
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|hf_\w{20,}|sk-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"
)


def is_secret(name: str, value: object) -> bool:
    """Tell whether what is recorded under a name is a password or a key.

    Neither is yes, no, nothing or blank. Numbers are what is counted under a name with "token" in it, such as
    token_count; under that of a password they may be one.
    """
    match value:
        case None | bool():
            return False
        case int() | float():
            return _names_secret(_WORD_TOKEN.sub("", name))
        case list():
            return any(is_secret(name, item) for item in value)
    return bool(str(value).strip()) and _names_secret(name)


def _names_secret(name: str) -> bool:
    return _IS_NAME.fullmatch(name) is not None


def masked(text: str) -> str:
    """Replace in a text what looks like a password or a key."""
    text = _replaced(text, f"{MASK}@")
    text = _SIGNED.sub(rf"\g<name>{MASK}", text)
    text = _ASSIGNED.sub(_assigned, text)
    return _MADE_TO_BE_FOUND.sub(MASK, text)


def _assigned(found: re.Match[str]) -> str:
    value = found["value"]
    return f"{found['name']}{found['sign']}{MASK if is_secret(found['name'], _read(value)) else value}"


def _read(word: str) -> object:
    """A word of a text as the number, boolean, nothing or list of such that it is, if it is one."""
    if word.startswith("["):
        return [_read(item.strip()) for item in word.strip("[]").split(",")]
    plain = word.strip(_QUOTES).rstrip(_ENDS)
    return float(plain) if _NUMBER.fullmatch(plain) else _WORDS.get(plain.lower(), word)


def without_users(text: str) -> str:
    """A text without the user names and passwords of addresses in it."""
    return _replaced(text, "")


def _replaced(text: str, instead: str) -> str:
    """A text with something else in place of the users in addresses, and the at signs behind these."""

    def replaced(found: re.Match[str]) -> str:
        before = found.string[max(0, found.start() - _LONGEST_WITH_CONTAINER) : found.start()]
        is_container = ":" not in found["user"] and _WITH_CONTAINER.search(before)
        return found[0] if is_container else f"://{instead}"

    return _USER_OF_ADDRESS.sub(replaced, text)


def masked_arguments(arguments: Iterable[str]) -> Iterator[str]:
    """Replace in the arguments of a command what looks like a password or a key."""
    option = ""
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if sign and is_secret(name.lstrip(_AROUND_NAMES), _read(value)):
            yield f"{name}={MASK}"  # as a whole, whatever is in it
        elif argument.startswith("-") or not is_secret(option, _read(argument)):
            yield masked(argument)
        else:
            yield MASK
        option = argument if argument.startswith("-") else ""


def masked_command(line: str) -> str:
    """Replace in a command, as people write it for a shell, what looks like a password or a key."""
    words = masked_arguments(_WORD.findall(line))
    return _WORD.sub(lambda _: next(words), line)
