"""Where files are kept: in a folder, or in a bucket that speaks S3."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property, partial
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from app.domain.ports import StorageAway

TIMEOUT, CONNECT_TIMEOUT = timedelta(seconds=10), timedelta(seconds=3)  # of one request
RETRIES = 2
PART, PARTS_AT_ONCE = 5 * 2**20, 2  # of a large file, the least that S3 takes


class _Kept:
    """What both kinds do alike; the store is made when it is first asked."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _store(self) -> Any:
        return self._make()

    async def size(self, key: str) -> int | None:
        try:
            with _reached():
                return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def read(self, key: str) -> bytes | None:
        try:
            with _reached():
                return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except FileNotFoundError:
            return None

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        with _reached():
            await obstore.put_async(self._store, key, data, attributes=self._told(content_type), use_multipart=False)

    async def send(self, key: str, file: BinaryIO, content_type: str) -> None:
        told = self._told(content_type)
        with _reached():
            await obstore.put_async(
                self._store, key, file, attributes=told, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
            )

    async def part(self, key: str, start: int, length: int) -> bytes | None:
        try:
            with _reached():
                return bytes(await obstore.get_range_async(self._store, key, start=start, length=length))
        except FileNotFoundError:
            return None

    async def clear(self, folder: str, keep: str | None = None) -> None:
        with _reached():
            found = [each["path"] async for batch in obstore.list(self._store, f"{folder}/") for each in batch]
        for path in found:
            if path != keep:
                await self._delete(path)

    async def _delete(self, path: str) -> None:
        try:
            with _reached():
                await obstore.delete_async(self._store, path)
        except FileNotFoundError:
            return

    def _told(self, content_type: str) -> Any:
        return {"Content-Type": content_type}


class Folder(_Kept):
    """Files in a folder of this machine; clients upload through Endcap."""

    def __init__(self, folder: Path) -> None:
        super().__init__(partial(LocalStore, folder, mkdir=True, automatic_cleanup=True))
        self._folder = folder

    async def upload_url(self, key: str, lasts: timedelta) -> str | None:  # noqa: ARG002 - a folder has no addresses
        return None

    async def clear(self, folder: str, keep: str | None = None) -> None:
        with _reached():
            await asyncio.to_thread(self._sweep, folder)
        await super().clear(folder, keep)

    def _sweep(self, folder: str) -> None:
        """Delete what is left of files that were never whole: the store calls them NAME#1, and does not list them."""
        for left in list((self._folder / folder).rglob("*#*")):
            left.unlink(missing_ok=True)
            for above in takewhile(lambda each: each != self._folder and not any(each.iterdir()), left.parents):
                above.rmdir()

    def _told(self, content_type: str) -> Any:  # noqa: ARG002 - nor types
        return None


class Bucket(_Kept):
    """Files in a bucket, s3://BUCKET/PREFIX; credentials come from the environment as AWS's own tools read it."""

    def __init__(self, url: str, endpoint: str, region: str) -> None:
        parts, of_bucket = urlsplit(url), {}
        if endpoint:
            of_bucket["endpoint"] = endpoint
        if region:
            of_bucket["region"] = region
        client = {"timeout": TIMEOUT, "connect_timeout": CONNECT_TIMEOUT, "allow_http": endpoint.startswith("http://")}
        store = partial(
            S3Store,
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options=client,  # type: ignore[arg-type]
            retry_config={"max_retries": RETRIES, "retry_timeout": TIMEOUT},
            **of_bucket,
        )
        super().__init__(store)

    async def upload_url(self, key: str, lasts: timedelta) -> str | None:
        with _reached():
            return await obstore.sign_async(self._store, "PUT", key, lasts)


@contextmanager
def _reached() -> Iterator[None]:
    """What the storage refuses us is for the operator to mend: it counts as away; a file that is missing does not."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as fault:
        reason, *_ = str(fault).splitlines() or [type(fault).__name__]
        raise StorageAway(f"storage: {reason}") from fault
