"""Whatever a store says, a person hears what is wrong and what to do; a bucket keeps its three ways to write apart."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.sentences import UNEXPECTED, sentence_for
from storage.bucket import Bucket, Outrun, trouble_of
from storage.errors import (
    BucketCareless,
    BucketElsewhere,
    BucketForbidden,
    BucketMissing,
    BucketPartMissing,
    BucketUnreachable,
    BucketUnusable,
    LibraryTooNew,
)
from storage.foundation import Team
from storage.lease import Lease
from storage.library import Library
from storage.lock import WriterLock
from tests.doubles.bucket import ObjectStore, between, environment
from tests.storage.made import MODEL, id_of, made

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS = [
    (403, "AccessDenied", BucketForbidden),
    (403, "InvalidAccessKeyId", BucketForbidden),
    (403, "SignatureDoesNotMatch", BucketForbidden),
    (400, "ExpiredToken", BucketForbidden),
    (404, "NoSuchBucket", BucketMissing),
    (301, "PermanentRedirect", BucketElsewhere),
    (400, "AuthorizationHeaderMalformed", BucketElsewhere),
    (418, "IAmATeapot", BucketUnreachable),
]


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    """An empty one."""
    return Bucket(f"{object_store.new_bucket()}/a/prefix", object_store.environment)


class _Refusing(BaseHTTPRequestHandler):
    """Answers everything with the same refusal, as S3 words it."""

    status, code = 403, "AccessDenied"

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        words = f'<?xml version="1.0"?><Error><Code>{self.code}</Code><Message>No.</Message></Error>'.encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(words)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _refuse  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing(request: pytest.FixtureRequest, object_store: ObjectStore) -> Iterator[dict[str, str]]:
    """The environment of a store that refuses everything."""
    assert object_store.port  # skipped where no bucket can be opened at all
    status, code = request.param
    handler = type("Handler", (_Refusing,), {"status": status, "code": code})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield environment(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("refusing", "kind"), [(each[:2], each[2]) for each in REFUSALS], indirect=["refusing"])
def test_each_refusal_has_its_sentence(refusing: dict[str, str], kind: type[BucketUnusable], tmp_path: Path) -> None:
    """Where a library is opened and where an object is written; nothing of it is a traceback or a riddle."""
    team = Team("s3://papers/ours", tmp_path / "alice", "alice", refusing)
    with pytest.raises(kind) as caught:
        Library.open(team, MODEL)
    with pytest.raises(kind):
        Bucket("s3://papers/ours", refusing).put("key", b"data")
    sentence = sentence_for(caught.value)
    assert "s3://papers/ours" in sentence
    assert sentence != UNEXPECTED
    assert "secret" not in str(caught.value)


def test_what_lancedb_says_of_a_bucket_means_the_same(tmp_path: Path) -> None:
    """The table is asked directly: its library had been opened when the store was there."""
    with ObjectStore.running() as store:
        library = Library.open(Team(store.new_bucket(), tmp_path / "alice", "alice", store.environment), MODEL)
        library.add([made("paper")])
    with pytest.raises(BucketUnreachable):
        library.keyword("says", 10)
    library.close()


def test_whoever_may_only_read_can_read(object_store: ObjectStore, tmp_path: Path) -> None:
    """Search and fetch, with keys that allow no more than that; a change is refused with a sentence."""
    url = object_store.new_bucket()
    writer = Library.open(object_store.team(url, tmp_path / "alice"), MODEL)
    with between(object_store, refused="PUT POST DELETE") as reading:
        writer.add([made("paper"), made("other")])
        reader = Library.open(Team(url, tmp_path / "bob", "bob", reading), MODEL)
        found = reader.keyword("says", 10)
        assert found == writer.keyword("says", 10)
        assert len(reader.fetch(chunk_id for chunk_id, _ in found)) == 2
        with pytest.raises(BucketForbidden):
            reader.add([made("mine")])
        with pytest.raises(BucketForbidden):
            reader.remove(id_of("paper"))
        assert {document.title for document in reader.documents()} == {"paper", "other"}
        reader.close()
    writer.close()


def test_a_store_that_cannot_keep_writers_apart_is_refused(object_store: ObjectStore, tmp_path: Path) -> None:
    """It has never heard of writing on a condition, and would let the second one write over the first."""
    with between(object_store, dropped="if-") as careless:
        team = Team(object_store.new_bucket(), tmp_path / "alice", "alice", careless)
        with pytest.raises(BucketCareless) as caught:
            Library.open(team, MODEL)
    assert "cannot keep two people who write apart" in sentence_for(caught.value)


def test_a_bucket_that_is_not_there_is_named(object_store: ObjectStore, tmp_path: Path) -> None:
    team = Team("s3://never-made/ours", tmp_path / "alice", "alice", object_store.environment)
    with pytest.raises(BucketMissing) as caught:
        Library.open(team, MODEL)
    assert "s3://never-made/ours" in sentence_for(caught.value)


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("obstore", "obstore.exceptions", "obstore.store"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BucketPartMissing) as caught:
        Library.open(Team("s3://papers", tmp_path / "alice", "alice"), MODEL)
    assert "pip install -e '.[team]'" in sentence_for(caught.value)


def test_a_catalogue_of_a_later_version_is_left_alone(object_store: ObjectStore, tmp_path: Path) -> None:
    """It may hold what this program would lose."""
    url = object_store.new_bucket()
    library = Library.open(object_store.team(url, tmp_path / "alice"), MODEL)
    library.add([made("paper")])
    library.close()
    bucket = Bucket(url, object_store.environment)
    head = bucket.get("head")
    assert head is not None
    bucket.swap("head", head.data.replace(b'"format": 1', b'"format": 2'), head.mark)
    with pytest.raises(LibraryTooNew) as caught:
        Library.open(object_store.team(url, tmp_path / "bob"), MODEL)
    assert url in sentence_for(caught.value)


@pytest.mark.parametrize("data", [b"", b"no JSON", b"[]", b'{"number": 1}', b'"text"', b"\xff"])
def test_an_object_of_somebody_else_in_the_place_of_ours_is_no_riddle(bucket: Bucket, data: bytes) -> None:
    """Whatever stands there: it is left as it is."""
    bucket.put("head", data)
    lease = Lease(bucket, WriterLock(Path()), "one", "alice")
    with pytest.raises(BucketUnreachable, match="head cannot be read"):
        lease.look()


def test_the_three_ways_to_write(bucket: Bucket) -> None:
    """Plainly; only where nothing is; only where nothing has changed."""
    bucket.put("plain", b"1")
    bucket.put("plain", b"2")
    first = bucket.swap("swapped", b"1", None)
    with pytest.raises(Outrun):
        bucket.swap("swapped", b"2", None)
    second = bucket.swap("swapped", b"2", first)
    with pytest.raises(Outrun):
        bucket.swap("swapped", b"3", first)
    found = bucket.get("swapped")
    assert found is not None
    assert (found.data, found.mark) == (b"2", second)
    assert bucket.get("swapped", second) is None


def test_objects_are_listed_by_how_their_keys_begin(bucket: Bucket, tmp_path: Path) -> None:
    """Also within a name, and only below the bucket's own address; deleting what is gone is no trouble."""
    for key in ("a/one", "a/other", "b", "a/deep/er"):
        bucket.put(key, key.encode())
    assert sorted(bucket.keys("a/o")) == ["a/one", "a/other"]
    assert sorted(bucket.keys("")) == ["a/deep/er", "a/one", "a/other", "b"]
    assert bucket.size() == 5 + 7 + 1 + 9
    bucket.delete(["a/one", "gone"])
    assert sorted(bucket.keys("a/")) == ["a/deep/er", "a/other"]
    bucket.fetch("a/other", tmp_path / "below" / "file")
    assert (tmp_path / "below" / "file").read_bytes() == b"a/other"
    bucket.put("large", bytes(range(256)) * 70_000)
    bucket.fetch("large", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == bytes(range(256)) * 70_000
    with pytest.raises(FileNotFoundError):
        bucket.fetch("gone", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_an_unknown_word_of_a_store_is_kept_for_the_log() -> None:
    error = trouble_of("s3://papers", "Generic S3 error: the moon is full\nand more")
    assert isinstance(error, BucketUnreachable)
    assert error.reason == "Generic S3 error: the moon is full"
