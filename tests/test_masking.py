import pytest

from herdbook.masking import is_secret, masked, masked_arguments, masked_command


@pytest.mark.parametrize(
    ("arguments", "recorded"),
    [
        ("--password hunter2 --lr 3", "--password **** --lr 3"),
        ("--db-passwd=hunter2", "--db-passwd=****"),
        ("--api_key K --secret-access-key S", "--api_key **** --secret-access-key ****"),
        ("--hf-token T token=T", "--hf-token **** token=****"),
        ("MY_TOKEN=T", "MY_TOKEN=****"),
        (
            "--token-count 512 --num_token=1e3 token_share=0.5",
            "--token-count 512 --num_token=1e3 token_share=0.5",
        ),
        (
            "--password 512 --token-password=512 --token 512x",
            "--password **** --token-password=**** --token ****",
        ),
        ("--api-key -x", "--api-key -x"),
        ("--verbose-token --lr 3", "--verbose-token --lr 3"),
        ("--uri postgresql://me:hunter2@db/x", "--uri postgresql://****@db/x"),
        ("s3://b/k?X-Amz-Signature=abc&x=1", "s3://b/k?X-Amz-Signature=****&x=1"),
        ("abfss://models@acc.dfs.core.windows.net/1", "abfss://models@acc.dfs.core.windows.net/1"),
        ("x=WASBS://c@acc/1?sig=abc&sp=r", "x=WASBS://c@acc/1?sig=****&sp=r"),
        ("abfss://me:hunter2@acc/1", "abfss://****@acc/1"),
        ("ghp_abcdefghijklmnopqrstuvwx AKIAABCDEFGHIJKLMNOP", "**** ****"),
        (
            "--max_tokens=512 --tokenizer bert --pad-token=0",
            "--max_tokens=512 --tokenizer bert --pad-token=0",
        ),
        ("--keyboard qwerty --key-column id --author me", "--keyboard qwerty --key-column id --author me"),
    ],
)
def test_arguments(arguments: str, recorded: str) -> None:
    assert " ".join(masked_arguments(arguments.split())) == recorded


@pytest.mark.parametrize("argument", ["--password={}", "password={}", "+db.password={}", "PASSWORD={}"])
@pytest.mark.parametrize("value", ["correct horse", "a,b", "a;b&c", "a=b", "'a b'"])
def test_of_the_value_of_a_secret_argument_nothing_is_left(argument: str, value: str) -> None:
    assert list(masked_arguments([argument.format(value), "--lr=3"])) == [argument.format("****"), "--lr=3"]


@pytest.mark.parametrize(
    ("command", "recorded"),
    [
        ("python  train.py --api-key K \\\n  --lr 3", "python  train.py --api-key **** \\\n  --lr 3"),
        ("train --password 'correct horse' --lr 3", "train --password **** --lr 3"),
        ("""train --password="correct horse" x='y z'""", "train --password=**** x='y z'"),
        ("curl -u x 'https://me:hunter2@host/x?a=b'", "curl -u x 'https://****@host/x?a=b'"),
        ("train --token-count '512' it's \" PASSWORD=x", "train --token-count '512' it's \" PASSWORD=****"),
        ("", ""),
    ],
)
def test_commands(command: str, recorded: str) -> None:
    assert masked_command(command) == recorded


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        *(("api_key", "hunter2", True), ("hf-token", "T", True), ("learning_rate", "0.1", False)),
        *(("token_count", 512, False), ("token_share", 0.5, False), ("num_token", [1, 2], False)),
        *(("password", 123456, True), ("token_password", 123456, True), ("token_ids", [1, "T"], True)),
        *(("use_auth_key", True, False), ("api_key", None, False), ("password", " ", False)),
    ],
)
def test_secrets_are_known_by_name_and_value(name: str, value: object, secret: bool) -> None:
    assert is_secret(name, value) is secret


def test_messages_of_errors() -> None:
    text = "cannot log in to https://me:hunter2@example.org with password: hunter2, token='abc'"
    assert "hunter2" not in masked(text)
    assert "abc" not in masked(text)


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("{'db': {'password': 'hunter2', 'port': 5432}}", "{'db': {'password': ****, 'port': 5432}}"),
        ('{"api_key": "a \\"b, c", "x": 1}', '{"api_key": ****, "x": 1}'),
        ("passwords: ['a', 'b'] x", "passwords: **** x"),
        ("{'token_count': 512, 'use_auth_token': True}", "{'token_count': 512, 'use_auth_token': True}"),
        (
            '{"hf_token": null, "token_ids": [0, 1], "a": [2]}',
            '{"hf_token": null, "token_ids": [0, 1], "a": [2]}',
        ),
        ("password='correct horse' x=1", "password=**** x=1"),
        ("it's password=\"x", "it's password=****"),
    ],
)
def test_secrets_in_data_that_stand_in_a_text(text: str, recorded: str) -> None:
    assert masked(text) == recorded


def test_a_long_word_takes_no_time() -> None:
    word = "x" * 1_000_000
    assert masked(word) == word


@pytest.mark.parametrize(
    "piece",
    [
        "password",
        "token-",
        "a",
        "://",
        "password='",
        "password=[",
        "token:'\\",
        "=",
        "x-amz-",
        "eyJ.",
        "secret_",
    ],
)
def test_long_texts_take_no_time(piece: str) -> None:
    masked_command(piece * 50_000)
    masked(piece * 50_000)  # the time limit of the whole run is the test: a quadratic pattern takes minutes
