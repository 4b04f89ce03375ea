import io
import json
import logging

from agent import logs

HOSTILE = '\x1b]0;owned\x07 level=error\n"quoted" \\ \u202e'


def written(form: str, **fields: object) -> str:
    stream = io.StringIO()
    log = logs.setup("info", form, stream)
    log.debug("not this")
    log.info("a message", extra=fields)
    logging.getLogger("elsewhere").error("nor this")
    return stream.getvalue()


def test_logfmt_is_one_line_of_plain_characters() -> None:
    line = written("logfmt", asset=HOSTILE, seconds=1.23456, n=3, word="plain", empty="")
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert ' level=info msg="a message" asset="' in line
    assert r"\\x1b]0;owned\\x07 level=error\n\"quoted\" \\ \\u202e" in line
    assert 'seconds=1.235 n=3 word=plain empty=""' in line


def test_json_carries_the_same_fields() -> None:
    line = written("json", asset=HOSTILE, seconds=2.0)
    assert line[:-1].isascii()
    assert line[:-1].isprintable()
    told = json.loads(line)
    assert told["asset"] == HOSTILE
    assert (told["level"], told["msg"], told["seconds"]) == ("info", "a message", 2.0)


def test_a_traceback_stays_on_its_line() -> None:
    stream = io.StringIO()
    log = logs.setup("error", "logfmt", stream)
    try:
        int(HOSTILE)
    except ValueError:
        log.exception("failed")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError" in stream.getvalue()
