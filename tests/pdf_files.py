"""PDF files that tests write themselves."""

from __future__ import annotations

import hashlib
import zlib

import numpy as np
from pictures import digit_picture

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def pdf_of(
    pages: int,
    *,
    width: int = 200,
    height: int = 300,
    picture: tuple[int, int, bytes] | None = None,
) -> bytes:
    """Pages of `width` x `height` points, each with a 3 of 90 x 120 points at 50, 60.

    `picture` is another one: width, height and grey pixels, packed by zlib.
    """
    if picture is None:
        pixels = np.asarray(digit_picture(3))
        picture = (pixels.shape[1], pixels.shape[0], zlib.compress(pixels.tobytes()))
    across, down, packed = picture
    drawing = b"q 90 0 0 120 50 60 cm /I Do Q"
    kids = " ".join(f"{5 + page} 0 R" for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        f"<< /Subtype /Image /Width {across} /Height {down} /ColorSpace /DeviceGray "
        f"/BitsPerComponent 8 /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
        + packed
        + b"\nendstream",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
    ]
    objects += [
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R "
        "/Resources << /XObject << /I 3 0 R >> >> >>".encode()
    ] * pages
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    written, places = bytearray(b"%PDF-1.6\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % start)


def locked(pdf: bytes) -> bytes:
    """The same file with the password "secret" (PDF 1.7, 7.6: 40 bits)."""
    owner = _rc4(hashlib.md5((b"owner" + _PAD)[:32]).digest()[:5], (b"secret" + _PAD)[:32])
    name, may = b"0123456789abcdef", (-4 & 0xFFFFFFFF).to_bytes(4, "little")
    key = hashlib.md5((b"secret" + _PAD)[:32] + owner + may + name).digest()[:5]
    said = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> "
        f"/U <{_rc4(key, _PAD).hex()}> /P -4 >> /ID [<{name.hex()}> <{name.hex()}>]"
    )
    return pdf.replace(b"/Root 1 0 R", b"/Root 1 0 R " + said.encode())


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
