"""A screenshot as a small file: at most 64 colours, which is what a page of text and lines has."""

from __future__ import annotations

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 64
CHANNELS = {2: 3, 6: 4}


def compress(png: bytes, colours: int = COLOURS) -> bytes:
    """Return the same picture with few colours; it is read as browsers write it: 8 bits, not interlaced."""
    width, height, pixels = _read(png)
    packed = pixels[..., 0].astype(np.uint32) << 16 | pixels[..., 1].astype(np.uint32) << 8 | pixels[..., 2]
    known, place, n = np.unique(packed.ravel(), return_inverse=True, return_counts=True)
    kept = known[np.sort(np.argsort(-n)[:colours])]
    nearest = np.argmin(((_split(known)[:, None, :] - _split(kept)[None, :, :]) ** 2).sum(axis=2), axis=1)
    rows = nearest[place.ravel()].astype(np.uint8).reshape(height, width)
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"PLTE", _split(kept).astype(np.uint8).tobytes())]
    parts += [(b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _split(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.int32)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _read(png: bytes) -> tuple[int, int, np.ndarray]:
    at, data = len(SIGNATURE), b""
    width = height = channels = 0
    while at < len(png):
        (size,), name = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        at += size + 12
        if name == b"IHDR":
            width, height, _, kind = struct.unpack(">IIBB", body[:10])
            channels = CHANNELS[kind]
        elif name == b"IDAT":
            data += body
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * channels)
    return width, height, _unfiltered(lines, channels).reshape(height, width, channels)


def _unfiltered(lines: np.ndarray, step: int) -> np.ndarray:
    """Undo what each line says of its neighbours: PNG specification, section 9."""
    found = np.zeros((lines.shape[0] + 1, lines.shape[1] - 1), np.uint8)
    for number, line in enumerate(lines, start=1):
        kind, given, above = line[0], line[1:], found[number - 1]
        if kind == 0:
            found[number] = given
        elif kind == 2:
            found[number] = given + above
        elif kind == 1:
            sums = np.cumsum(given.reshape(-1, step), axis=0, dtype=np.uint64)
            found[number] = (sums & 255).astype(np.uint8).ravel()
        else:
            found[number] = _from_left(int(kind), given.tolist(), above.tolist(), step)
    return found[1:]


def _from_left(kind: int, given: list[int], above: list[int], step: int) -> list[int]:
    done = [0] * step
    corner = [0] * step + above
    for place, value in enumerate(given):
        left, up, before = done[place], above[place], corner[place]
        done.append((value + ((left + up) // 2 if kind == 3 else _nearest(left, up, before))) & 255)
    return done[step:]


def _nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))
