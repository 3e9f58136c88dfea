from herdbook.planning.drafts import Problem, some, told_once


def test_notes_that_are_the_same_of_many_places_are_told_once_and_losses_each() -> None:
    note, other = "the last one is taken: loss", "it is a prompt"
    problems = [Problem(f"run {number}", note, is_loss=False) for number in range(1_005)]
    problems.insert(1, Problem("run a", note))
    problems.insert(2, Problem("run b", note))
    problems.append(Problem("model m", other, is_loss=False))
    assert [str(problem) for problem in told_once(problems)] == [
        f"run 0, run 1, run 2 and 1,002 more: {note}",
        f"run a: {note}",
        f"run b: {note}",
        f"model m: {other}",
    ]
    assert [problem.is_loss for problem in told_once(problems)] == [False, True, True, False]
    assert told_once([]) == []


def test_of_many_names_some_are_told() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(list("abcdefgh")) == "a, b, c and 5 more"
