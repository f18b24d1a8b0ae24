"""Files on their way in: straight to the disk of the workspace, under a name that nobody can guess."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from upwards.actions.check_upload import UPLOAD_ENDINGS
from upwards.web.data.names import ending_of, shown_name

FIELD = "file"
NO_ROOM = "The disk of this server is full, so the file could not be taken. Tell whoever runs the server."


def uploads_folder() -> Path:
    folder = Path(settings.UPWARDS_WORKSPACE) / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Arrival(FileUploadHandler):
    """Writes one file of a request while it arrives; whoever does not keep it calls `discard`."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.shown, self.stored, self.problem = "", "", ""
        self.too_large = self.taken = self.complete = False
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes] | None = None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def path(self) -> Path:
        return uploads_folder() / self.stored

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        if field_name != FIELD or self.stored or self.problem:
            raise SkipFile
        self.shown = shown_name(file_name)
        ending = ending_of(self.shown)
        if ending not in UPLOAD_ENDINGS:
            kinds = ", ".join(UPLOAD_ENDINGS)
            self._stop(f"Files that end in {ending or 'nothing'} cannot be read. Send one of {kinds}.")
        stored = secrets.token_hex(24) + ending
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            self._file = os.fdopen(os.open(uploads_folder() / stored, flags, 0o600), "wb")
        except OSError:
            self._stop(NO_ROOM)
        self.stored = stored

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._file is not None
        self.size += len(raw_data)
        if self.size > settings.UPLOAD_LARGEST:
            self.too_large = True
            most = settings.UPLOAD_LARGEST // (1024 * 1024)
            self._stop(
                f"The file is larger than {most} MB, the most that is taken here. Send it in parts, "
                "one year each, or ask whoever runs the server to raise the limit."
            )
        self._hash.update(raw_data)
        try:
            self._file.write(raw_data)
        except OSError:
            self._stop(NO_ROOM)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        assert self._file is not None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError:
            self._stop(NO_ROOM)
        self.complete = True
        return UploadedFile(name=self.shown, size=file_size, content_type=None)

    def upload_interrupted(self) -> None:
        if not self.complete:  # Django also says so when it skipped a second file
            self.discard()

    def discard(self) -> None:
        """Remove what arrived, unless it was taken."""
        if self._file is not None:
            self._file.close()
        if self.stored and not self.taken:
            self.path.unlink(missing_ok=True)

    def _stop(self, problem: str) -> None:
        self.problem = problem
        self.discard()
        # The rest is read and thrown away, so that the browser hears the answer.
        raise StopUpload(connection_reset=False)
