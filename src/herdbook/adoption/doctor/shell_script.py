"""Whether a shell script fails where one of its commands does.

A script is read as far as that takes: lists, pipelines, conditions, loops, groups and functions. What cannot
be read is taken for sound.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

_OPERATORS = ("&&", "||", "|&", ";;&", ";;", ";&", ";", "|", "(", ")", "\n", "&")
_CLOSING = {"then", "elif", "else", "fi", "do", "done", "}", ")", "esac", ";;", ";&", ";;&"}
_ENDS = {"{": "}", "(": ")", "case": "esac"}
_ASSIGNMENT = re.compile(r"\w+\+?=.*", re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HERE = re.compile(r"<<(?P<tabs>-?)\s*(?P<quote>[\"'\\]?)(?P<end>\w+)(?P=quote)?")
_MOST = 100_000


class Shell(NamedTuple):
    """How a script is run: whether it ends where a command fails, and whether all of a pipeline counts."""

    errexit: bool = True
    pipefail: bool = True


def with_options(shell: Shell, options: Sequence[str]) -> Shell:
    """A shell with the options of `set`, or of its own command line."""
    for option, name in zip(options, (*options[1:], ""), strict=True):
        on = option.startswith("-")
        if option.startswith("--") or not (on or option.startswith("+")):
            continue
        letters = option[1:]
        if "e" in letters or (letters.endswith("o") and name == "errexit"):
            shell = shell._replace(errexit=on)
        if letters.endswith("o") and name == "pipefail":
            shell = shell._replace(pipefail=on)
    return shell


@dataclass(frozen=True, slots=True)
class _Simple:
    words: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A compound command: lists of statements, of which some are conditions; a function has a name."""

    parts: tuple[tuple[bool, tuple["_Statement", ...]], ...]
    function: str = ""


class _Pipeline(NamedTuple):
    commands: tuple[_Simple | _Block, ...]
    inverted: bool


class _Statement(NamedTuple):
    """Pipelines with `&&` or `||` between them."""

    pipelines: tuple[_Pipeline, ...]
    operators: tuple[str, ...]
    in_background: bool


class _Fate(Enum):
    """What becomes of a failure: it ends the script, is its last word, is handled, passed over, or lost.

    Who passes over it may still look at it in the next command.
    """

    ENDS = auto()
    SAID = auto()
    HANDLED = auto()
    PASSED = auto()
    LOST = auto()


def passes_on(script: str, is_meant: Callable[[str], bool], shell: Shell) -> bool:
    """Tell whether a script fails where one of the commands that are meant does; so it does where none is.

    Args:
        script: the script.
        is_meant: whether a command, its words with blanks between, is one.
        shell: how it is run.
    """
    try:
        statements = _Reader(script).read()
    except _UnreadableError:
        return True
    judged = _Judge(is_meant, shell)
    judged.commands(statements)
    ends = next((index for index, statement in enumerate(statements) if _is_exit(statement)), len(statements))
    judged.walk(statements[: ends + 1], _Fate.ENDS, last=True)
    kept = judged.kept()
    judged.walk(statements[ends + 1 :], _Fate.LOST, last=False)  # which are never run
    return not judged.met or any(kept)


def _is_exit(statement: _Statement) -> bool:
    command = statement.pipelines[0].commands[0]
    return not statement.operators and isinstance(command, _Simple) and command.words[0] == "exit"


class _UnreadableError(Exception):
    pass


class _Reader:
    """Reads a script into statements."""

    def __init__(self, script: str) -> None:
        if len(script) > _MOST:
            raise _UnreadableError
        self.tokens = _tokens(_EXPRESSION.sub("EXPRESSION", script.replace("\r\n", "\n")))
        self.position = 0
        self.count = 0
        self.depth = 0

    def read(self) -> tuple[_Statement, ...]:
        found = self._list()
        if self.position < len(self.tokens):
            raise _UnreadableError
        return found

    @property
    def _next(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._next
        if not token or (expected and token not in expected):
            raise _UnreadableError
        self.position += 1
        return token

    def _blank(self, *operators: str) -> None:
        while self._next in operators:
            self.position += 1

    def _list(self) -> tuple[_Statement, ...]:
        self.depth += 1
        if self.depth > 50:
            raise _UnreadableError
        found = []
        self._blank("\n", ";")
        while self._next and self._next not in _CLOSING:
            found.append(self._statement())
            self._blank("\n", ";")
        self.depth -= 1
        return tuple(found)

    def _statement(self) -> _Statement:
        pipelines, operators = [self._pipeline()], []
        while self._next in ("&&", "||"):
            operators.append(self._take())
            self._blank("\n")
            pipelines.append(self._pipeline())
        in_background = self._next == "&"
        self._blank("&")
        return _Statement(tuple(pipelines), tuple(operators), in_background)

    def _pipeline(self) -> _Pipeline:
        inverted = False
        while self._next == "!":
            self._take()
            inverted = not inverted
        commands = [self._command()]
        while self._next in ("|", "|&"):
            self._take()
            self._blank("\n")
            commands.append(self._command())
        return _Pipeline(tuple(commands), inverted)

    def _command(self) -> _Simple | _Block:
        word = self._next
        if word in ("if", "while", "until"):
            return self._condition()
        if word in ("for", "select"):
            while self._next not in ("do", "{", ""):
                self._take()
            return self._body()
        if word == "case":
            return self._case()
        if word in _ENDS:
            self._take()
            return self._closed(_Block(((False, self._list()),)), _ENDS[word])
        return self._simple()

    def _condition(self) -> _Block:
        self._take()
        parts = [(True, self._list())]
        if self._next == "do":
            return _Block((*parts, *self._body().parts))
        self._take("then")
        parts.append((False, self._list()))
        while self._next == "elif":
            self._take()
            parts.append((True, self._list()))
            self._take("then")
            parts.append((False, self._list()))
        if self._next == "else":
            self._take()
            parts.append((False, self._list()))
        return self._closed(_Block(tuple(parts)), "fi")

    def _body(self) -> _Block:
        end = "done" if self._take("do", "{") == "do" else "}"
        return self._closed(_Block(((False, self._list()),)), end)

    def _case(self) -> _Block:
        while self._next not in ("in", ""):
            self._take()
        self._take("in")
        parts = []
        self._blank("\n")
        while self._next != "esac":
            while self._take() != ")":
                pass
            parts.append((False, self._list()))
            self._blank(";;", ";&", ";;&", "\n")
        return self._closed(_Block(tuple(parts)), "esac")

    def _closed(self, block: _Block, end: str) -> _Block:
        self._take(end)
        while self._next and self._next not in _OPERATORS and self._next not in _CLOSING:
            self._take()  # where its output goes
        return block

    def _simple(self) -> _Simple | _Block:
        words = [self._take()]
        if words[0] in _OPERATORS:
            raise _UnreadableError
        while self._next and self._next not in _OPERATORS:
            words.append(self._take())
        if words[0] == "function" or (len(words) == 1 and self._next == "("):
            return self._function(words)
        self.count += 1
        return _Simple(tuple(words), self.count)

    def _function(self, words: Sequence[str]) -> _Block:
        if self._next == "(":
            self._take()
            self._take(")")
        self._blank("\n")
        if words[0] == "function" and words[-1] == "{":
            body = self._closed(_Block(((False, self._list()),)), "}")
            return _Block(body.parts, words[1])
        body_or_command = self._command()
        if isinstance(body_or_command, _Simple):
            raise _UnreadableError
        return _Block(body_or_command.parts, words[-1])


@dataclass(slots=True)
class _Judge:
    is_meant: Callable[[str], bool]
    shell: Shell
    met: list[tuple[_Simple, _Fate]] = field(default_factory=list)
    faithful: set[str] = field(default_factory=set)
    is_forgiving: bool = False
    # The numbers of the commands that look at a status, and of those that end the script with a failure.
    looks: list[int] = field(default_factory=list)
    fails: list[int] = field(default_factory=list)

    def commands(self, statements: Sequence[_Statement]) -> None:
        """Find what looks at the status of others, and what fails by itself."""
        for statement in statements:
            for pipeline in statement.pipelines:
                for command in pipeline.commands:
                    if isinstance(command, _Block):
                        for _, inner in command.parts:
                            self.commands(inner)
                        continue
                    text = " ".join(command.words)
                    if "$?" in text or "PIPESTATUS" in text or "$LASTEXITCODE" in text:
                        self.looks.append(command.number)
                    if command.words[0] in ("exit", "return", "false") and command.words[1:2] != ("0",):
                        self.fails.append(command.number)

    def kept(self) -> Sequence[bool]:
        """For each command that is meant, whether its failure is that of the script."""
        return [
            not self.is_forgiving and (fate in (_Fate.ENDS, _Fate.SAID) or self._is_handled(simple, fate))
            for simple, fate in self.met
        ]

    def _is_handled(self, simple: _Simple, fate: _Fate) -> bool:
        def later(numbers: Sequence[int]) -> bool:
            return any(number > simple.number for number in numbers)

        looked_at = fate is _Fate.HANDLED or (fate is _Fate.PASSED and later(self.looks))
        return looked_at and later(self.fails)

    def walk(self, statements: Sequence[_Statement], fate: _Fate, *, last: bool) -> None:
        """Go through statements whose failure has some fate."""
        for index, statement in enumerate(statements):
            is_last = index == len(statements) - 1
            for place, pipeline in enumerate(statement.pipelines):
                inner = fate if is_last else (_Fate.ENDS if fate is _Fate.ENDS else _Fate.PASSED)
                received = self._received(statement, place, inner, last=last and is_last)
                self._pipeline(pipeline, received, last=last and is_last)

    def _received(self, statement: _Statement, place: int, fate: _Fate, *, last: bool) -> _Fate:
        following = statement.operators[place:]
        if statement.in_background:
            return _Fate.PASSED
        if "||" in following:
            alternative = statement.pipelines[place + following.index("||") + 1]
            return _Fate.HANDLED if self._minds(alternative) else _Fate.LOST
        if following and fate is _Fate.ENDS:
            return _Fate.SAID if last else _Fate.PASSED
        return fate

    def _minds(self, pipeline: _Pipeline) -> bool:
        """Tell whether what is done instead may keep the failure: it fails, or writes something down."""
        first = pipeline.commands[0]
        if isinstance(first, _Block):
            return True
        return first.number in self.fails or bool(_ASSIGNMENT.fullmatch(first.words[0]))

    def _pipeline(self, pipeline: _Pipeline, fate: _Fate, *, last: bool) -> None:
        for index, command in enumerate(pipeline.commands):
            received = fate
            if index < len(pipeline.commands) - 1 and not self.shell.pipefail:
                received = _Fate.PASSED
            if pipeline.inverted and received is not _Fate.HANDLED:
                received = _Fate.LOST
            if isinstance(command, _Block):
                self._block(command, received, last=last)
            else:
                self._simple(command, received, last=last)

    def _block(self, block: _Block, fate: _Fate, *, last: bool) -> None:
        if block.function:
            inside = _Judge(self.is_meant, self.shell, faithful=self.faithful)
            for _, statements in block.parts:
                inside.commands(statements)
                inside.walk(statements, _Fate.ENDS, last=True)
            if any(inside.kept()):
                self.faithful.add(block.function)
            else:
                self.met += [(simple, _Fate.LOST) for simple, _ in inside.met]
            return
        for is_condition, statements in block.parts:
            self.walk(statements, _Fate.HANDLED if is_condition else fate, last=last and not is_condition)

    def _simple(self, simple: _Simple, fate: _Fate, *, last: bool) -> None:
        words = simple.words
        if words[0] == "set":
            self.shell = with_options(self.shell, words[1:])
        elif words[0] == "trap" and re.search(r"\bexit\s+0\b", " ".join(words)):
            self.is_forgiving = True
        elif words[0] in self.faithful or self.is_meant(" ".join(words)):
            if fate is _Fate.ENDS and not self.shell.errexit and not last:
                fate = _Fate.PASSED
            self.met.append((simple, fate))


def _tokens(script: str) -> list[str]:
    """The words and operators of a script; a line end is an operator."""
    found: list[str] = []
    here: list[tuple[str, bool]] = []
    position = 0
    while position < len(script):
        character = script[position]
        if character in " \t" or script.startswith("\\\n", position):
            position += 2 if character == "\\" else 1
        elif character == "#":
            position = _end_of_line(script, position)
        elif match := _HERE.match(script, position) if not script.startswith("<<<", position) else None:
            here.append((match["end"], bool(match["tabs"])))
            position = match.end()
        elif operator := next((each for each in _OPERATORS if script.startswith(each, position)), ""):
            if operator == "&" and script.startswith("&>", position):
                position = _word(script, position + 1)
                continue
            found.append(operator)
            position += len(operator)
            if operator == "\n":
                for mark, tabs in here:
                    position = _behind_here(script, position, mark, tabs=tabs)
                here.clear()
        else:
            end = _word(script, position)
            found.append(script[position:end].replace("\\\n", ""))
            position = end
    return found


def _end_of_line(script: str, position: int) -> int:
    end = script.find("\n", position)
    return len(script) if end < 0 else end


def _behind_here(script: str, position: int, end: str, *, tabs: bool) -> int:
    while position < len(script):
        stop = _end_of_line(script, position)
        line = script[position:stop]
        position = stop + 1
        if (line.lstrip("\t") if tabs else line) == end:
            break
    return position


def _word(script: str, position: int) -> int:
    """Where a word ends."""
    while position < len(script):
        character = script[position]
        if character == "&" and script[position - 1] in "<>":
            position += 1
        elif character in " \t\n;&|()":
            if character == "(" and script[position - 1] in "$<>=":
                position = _bracketed(script, position)
            else:
                return position
        elif character == "\\":
            position += 2
        elif character in "\"'`":
            position = _quoted(script, position)
        else:
            position += 1
    return min(position, len(script))


def _quoted(script: str, position: int) -> int:
    quote = script[position]
    position += 1
    while position < len(script) and script[position] != quote:
        if quote != "'" and script[position] == "\\":
            position += 1
        elif quote == '"' and script.startswith("$(", position):
            position = _bracketed(script, position + 1) - 1
        position += 1
    if position >= len(script):
        raise _UnreadableError
    return position + 1


def _bracketed(script: str, position: int) -> int:
    depth = 0
    while position < len(script):
        character = script[position]
        if character in "\"'`":
            position = _quoted(script, position)
            continue
        if character == "\\":
            position += 1
        depth += (character == "(") - (character == ")")
        position += 1
        if depth == 0:
            return position
    raise _UnreadableError
