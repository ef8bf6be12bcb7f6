"""Objects below one address of an object store (S3, Google Cloud Storage, Azure), and what can go wrong with them.

The only module that knows the client library, which is an extra and imported when a library is opened that lies in a
bucket. It owns the three ways to write (plainly; only where nothing is; only where nothing has changed) and the
translation of the store's troubles into the error tree. What the objects mean is not known here.

Credentials come from the environment, by way of whoever builds this, and are kept nowhere.
"""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from storage.errors import (
    BucketCareless,
    BucketElsewhere,
    BucketForbidden,
    BucketMissing,
    BucketPartMissing,
    BucketUnreachable,
    BucketUnusable,
)
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Bucket", "Mark", "Outrun", "Stored", "trouble_of"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

AT_ONCE = 16
"""Objects fetched or stored side by side: a request takes its time however small the object is."""

_S3_OPTIONS = re.compile(
    r"aws_(access_key_id|secret_access_key|session_token|(default_)?region|endpoint(_url)?|allow_http"
    r"|virtual_hosted_style_request|skip_signature)"
)
"""What of the environment is handed on; the client looks for the rest itself, as a computer's own role."""
_REGION = "us-east-1"
_SECONDS, _CONNECT_SECONDS = 30, 5
_PART = 8_000_000
"""Bytes of a file that are fetched at once."""
_RETRIES = 3
_PROOF = "proof-"

Mark = tuple[str | None, str | None]
"""What tells one state of an object from every other: its entity tag and its version."""


class Outrun(Exception):
    """Somebody else has written the object meanwhile."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was found."""

    data: bytes
    mark: Mark


class Bucket:
    """Everything below one address; safe from any thread."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        """``environment`` may hold the credentials, an endpoint and a region, under the names everybody uses.

        Raises BucketPartMissing where the client library is not installed, and BucketUnusable.
        """
        self.url = url.rstrip("/")
        self.options = _options(self.url, environment)
        try:
            import obstore.exceptions
            import obstore.store
        except ImportError as error:
            raise BucketPartMissing(self.url) from error
        self._client: Any = obstore
        with self._trouble():
            self._store: Any = self._client.store.from_url(
                self.url,
                config={name: value for name, value in self.options.items() if name != "allow_http"},
                client_options={
                    "timeout": timedelta(seconds=_SECONDS),
                    "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
                    "allow_http": "allow_http" in self.options,
                },
                retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_SECONDS)},
            )

    def get(self, key: str, known: Mark | None = None) -> Stored | None:
        """Return an object; None where it is still the one of ``known``. Raises FileNotFoundError."""
        options = {"if_none_match": known[0]} if known and known[0] else None
        with self._trouble():
            try:
                found = self._client.get(self._store, key, options=options)
                return Stored(bytes(found.bytes()), _mark(found.meta))
            except self._client.exceptions.NotModifiedError:
                return None

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object, whatever was there. Raises BucketMissing where there is no such bucket."""
        with self._trouble(), self._in_a_bucket():
            self._client.put(self._store, key, data)

    def swap(self, key: str, data: bytes, known: Mark | None) -> Mark:
        """Write an object only where it is still the one of ``known``, or, without one, where there is none.

        Returns its new mark. Raises Outrun; whoever could not read the store's answer may be outrun by itself.
        """
        mode = "create" if known is None else dict(_present(known))
        refused = (self._client.exceptions.AlreadyExistsError, self._client.exceptions.PreconditionError)
        with self._trouble(), self._in_a_bucket():
            try:
                return _mark(self._client.put(self._store, key, data, mode=mode, use_multipart=False))
            except refused as error:
                raise Outrun from error

    def require_care(self) -> None:
        """Make sure that the store refuses what ``swap`` is to refuse. Raises BucketCareless where it does not."""
        key = f"{_PROOF}{uuid.uuid4().hex}"
        first = self.swap(key, b"1", None)
        if not any(first):
            raise BucketCareless(self.url)
        try:
            self.swap(key, b"2", first)
            for known in (None, first):
                with suppress(Outrun):
                    self.swap(key, b"3", known)
                    raise BucketCareless(self.url)
        finally:
            self.delete([key])

    def fetch(self, key: str, place: Path) -> None:
        """Bring an object to the disk, whole or not at all. Raises FileNotFoundError."""
        with self._trouble():
            found = self._client.get(self._store, key)
            size = int(found.meta["size"])
            with write_atomically(place) as file:
                if size <= _PART:
                    file.write(found.bytes())
                    return
                # Each part is a request of its own, so that a slow line has time enough for a large file.
                for start in range(0, size, _PART):
                    end = min(start + _PART, size)
                    file.write(self._client.get_range(self._store, key, start=start, end=end))

    def keys(self, prefix: str) -> list[str]:
        """Every key that begins so."""
        return [key for key, _ in self._list(prefix)]

    def size(self) -> int:
        """Bytes of all objects."""
        return sum(size for _, size in self._list(""))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, those that are there."""
        if keys:
            with self._trouble():
                self._client.delete(self._store, list(keys))

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """Do something with several objects side by side; the first error is raised when all have ended."""
        with ThreadPoolExecutor(AT_ONCE, "bucket") as pool:
            return list(pool.map(work, items))

    def _list(self, prefix: str) -> list[tuple[str, int]]:
        folder = prefix.rpartition("/")[0] or None  # the client knows no beginnings of names
        with self._trouble():
            found = [each for lot in self._client.list(self._store, prefix=folder) for each in lot]
        return [(str(each["path"]), int(each["size"])) for each in found if str(each["path"]).startswith(prefix)]

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Say what a person can do something about."""
        try:
            yield
        except (BucketUnusable, FileNotFoundError):
            raise
        except _errors_of(getattr(self, "_client", None)) as error:
            raise trouble_of(self.url, str(error)) from error

    @contextmanager
    def _in_a_bucket(self) -> Iterator[None]:
        """Where something is written, nothing can be missing but the bucket."""
        try:
            yield
        except FileNotFoundError as error:
            raise BucketMissing(self.url) from error


def trouble_of(url: str, said: str) -> BucketUnusable:
    """What the words of an object store mean, by whichever library they are passed on."""
    for signs, kind in _SIGNS:
        if re.search(signs, said):
            return kind(url)
    return BucketUnreachable(url, said.partition("\n")[0][:300])


_SIGNS: tuple[tuple[str, type[BucketUnusable]], ...] = (
    (r"NoSuchBucket|ContainerNotFound|bucket does not exist", BucketMissing),
    (r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|configured region", BucketElsewhere),
    (r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|credential", BucketForbidden),
)


def _errors_of(client: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401  (a module)
    return (OSError, client.exceptions.BaseError) if client is not None else (OSError,)


def _options(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What LanceDB and the client are both told."""
    if not url.startswith("s3://"):
        return {}
    given = {name.lower(): value for name, value in environment.items() if _S3_OPTIONS.fullmatch(name.lower())}
    endpoint = given.pop("aws_endpoint_url", None) or given.pop("aws_endpoint", None)
    given.setdefault("aws_region", given.pop("aws_default_region", _REGION))
    given.pop("aws_default_region", None)
    allowed = given.pop("aws_allow_http", "")
    if endpoint:
        given["aws_endpoint"] = endpoint
        if endpoint.startswith("http://") or allowed.lower() == "true":
            given["allow_http"] = "true"
    return given


def _mark(meta: Mapping[str, str | None]) -> Mark:
    return meta.get("e_tag"), meta.get("version")


def _present(mark: Mark) -> dict[str, str]:
    """The parts of a mark that this store gives."""
    named = zip(("e_tag", "version"), mark, strict=True)
    return {name: value for name, value in named if value is not None}
