"""gunzip: every decoder that is available gives the same verdict and the same bytes."""

from __future__ import annotations

import gzip
import random
import struct
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from data import idx_oracle

from digitcli import _core
from digitcli.data import inflate

TEXT = b"the quick brown fox jumps over the lazy dog; " * 40
MIB = 1 << 20


@pytest.fixture(params=list(inflate.decoders()))
def decoder(request):
    """Every decoder that works here; the id shows in the report."""
    return request.param


def member(data=TEXT, *, flags=0, extras=b"", level=6, crc=None, size=None) -> bytes:
    """One gzip member, every field under our control."""
    head = struct.pack("<2sBBIBB", b"\x1f\x8b", 8, flags, 0, 0, 255) + extras
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data) if crc is None else crc
    return head + body + struct.pack("<II", crc, len(data) if size is None else size)


def gunzip(data: bytes, limit: int, decoder: str) -> bytes:
    return inflate.gunzip(memoryview(data), limit, decoder).tobytes()


def refusal(data: bytes, decoder: str, limit: int = 4 * len(TEXT)) -> inflate.GzipError:
    with pytest.raises(inflate.GzipError) as caught:
        gunzip(data, limit, decoder)
    return caught.value


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("size", [0, 1, 100, 70_000])
def test_gunzip_returns_the_bytes_that_were_compressed(decoder, level, size):
    data = np.random.default_rng(size).integers(0, 40, size, np.uint8).tobytes()

    assert gunzip(member(data, level=level), size, decoder) == data


def test_output_of_many_pieces_is_put_together_in_order(decoder):
    data = np.arange(MIB, dtype=np.uint32).tobytes() + b"tail"  # 4 MiB + 4, pieces are 1 MiB

    assert gunzip(gzip.compress(data, 1), len(data), decoder) == data


def test_members_are_joined_empty_ones_and_padding_included(decoder):
    parts = [member(b"a"), member(b""), b"\0" * 700, member(TEXT, level=0), member(b"z"), b"\0"]

    assert gunzip(b"".join(parts), 4000, decoder) == b"a" + TEXT + b"z"


def test_less_than_the_limit_is_returned_as_it_is(decoder):
    assert gunzip(member(b"abc"), 1000, decoder) == b"abc"


def checksummed(flags: int, extras: bytes) -> bytes:
    head = struct.pack("<2sBBIBB", b"\x1f\x8b", 8, flags, 0, 0, 255) + extras
    return extras + struct.pack("<H", zlib.crc32(head) & 0xFFFF)


EXTRAS = {
    "FTEXT": (0x01, b""),
    "FEXTRA": (0x04, b"\x05\0hello"),
    "FNAME": (0x08, b"train-images\0"),
    "FCOMMENT": (0x10, b"a comment\0"),
    "FHCRC": (0x02, checksummed(0x02, b"")),
    "all": (0x1F, checksummed(0x1F, b"\x02\0ab" + b"name\0" + b"comment\0")),
}


@pytest.mark.parametrize("extra", EXTRAS)
def test_header_extras_are_skipped(decoder, extra):
    flags, extras = EXTRAS[extra]

    assert gunzip(member(flags=flags, extras=extras), len(TEXT), decoder) == TEXT


@pytest.mark.parametrize("extra", EXTRAS)
def test_truncation_at_every_byte_is_called_cut_short(decoder, extra):
    flags, extras = EXTRAS[extra]
    data = member(b"0123456789" * 4, flags=flags, extras=extras)

    for end in range(len(data)):
        error = refusal(data[:end], decoder)

        assert "cut short" in str(error), end
        assert error.damage == "cut short"


def test_cut_header_and_trailer_say_how_much_is_there(decoder):
    assert "header is cut short: found 4 bytes, expected at least 10" in str(
        refusal(member()[:4], decoder)
    )
    assert "trailer is cut short: found 3 bytes, expected at least 8" in str(
        refusal(member()[:-5], decoder)
    )


FIELDS = {
    "magic": (b"\x1f\x8c" + member()[2:], "magic is 1f 8c, expected 1f 8b"),
    "method": (b"\x1f\x8b\x07" + member()[3:], "method is 7, expected 8"),
    "flags": (member(flags=0x20), "flags are 0x20"),
    "header checksum": (member(flags=0x02, extras=b"\0\0"), "header checksum is 0000, expected"),
    "checksum": (
        member(crc=0xDEADBEEF),
        f"checksum is wrong: found {zlib.crc32(TEXT):08x}, expected deadbeef",
    ),
    "length": (member(size=7), f"length is wrong: found {len(TEXT)} bytes, expected 7"),
    "trailing": (member() + b"\0\0abcdef", "trailing bytes: 6 after the end of the gzip data"),
    "half a magic": (member() + b"\x1f", "trailing bytes: 1"),
    "second member": (member() + member(crc=1), "checksum is wrong"),
    "block type": (member()[:10] + b"\x07" + member()[11:], "damaged after 0 good bytes (invalid"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_refusal_names_the_field_and_both_values(decoder, field):
    data, message = FIELDS[field]

    assert message in str(refusal(data, decoder))


def test_more_than_the_limit_is_refused_at_the_first_byte_too_many(decoder):
    assert gunzip(member(), len(TEXT), decoder) == TEXT
    assert "more bytes than its content promises" in str(
        refusal(member(), decoder, limit=len(TEXT) - 1)
    )
    assert "more bytes" in str(refusal(member() + member(b"x"), decoder, limit=len(TEXT)))


def bomb(mebibytes: int) -> bytes:
    """A member of zeros about 1030 times as long as itself, made without inflating it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.flush()
    head = struct.pack("<2sBBIBB", b"\x1f\x8b", 8, 0, 0, 0, 255)
    return head + first + block * (mebibytes - 1) + end + bytes(8)


def test_a_bomb_of_one_gibibyte_is_refused_in_little_memory(decoder):
    data = bomb(1024)
    assert len(data) < 1.1 * MIB
    tracemalloc.start()

    try:
        error = refusal(data, decoder, limit=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "more bytes" in str(error)
    assert peak < 4 * MIB


def test_peek_inflates_no_more_than_it_was_asked_for():
    data = bomb(1024)
    tracemalloc.start()

    try:
        head = inflate.peek(memoryview(data), 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert head == bytes(20)
    assert peak < MIB


def test_peek_reads_across_members():
    data = member(b"ab") + member(b"") + b"\0" + member(b"cdefgh")

    assert inflate.peek(memoryview(data), 5) == b"abcde"
    assert inflate.peek(memoryview(data), 20) == b"abcdefgh"


def test_expansion_bound_is_what_deflate_can_reach():
    data = bomb(64)

    assert 1000 < 64 * MIB / len(data) < inflate.MAX_EXPANSION


def test_thousands_of_members_are_joined(decoder):
    data = member(b"x") * 5_000

    assert gunzip(data, 5_000, decoder) == b"x" * 5_000


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one to three small changes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(changed) or 1)
        choice = rng.randrange(4)
        if choice == 0 and changed:
            changed[at] ^= 1 << rng.randrange(8)
        elif choice == 1:
            changed[at : at + rng.randrange(9)] = b""
        elif choice == 2:
            changed[at:at] = rng.randbytes(rng.randrange(1, 5))
        else:
            changed += rng.choice([b"\0", b"\0\0\0", b"a", member(b"more")])
    return bytes(changed)


def test_every_decoder_agrees_with_zlib_on_mutated_members():
    rng = random.Random(1952)
    originals = [member(TEXT[:200], level=level) for level in (0, 1, 9)] + [
        member(b"ab", flags=flags, extras=extras) + member(b"cd")
        for flags, extras in EXTRAS.values()
    ]
    accepted = 0

    for _ in range(3_000):
        data = mutated(rng.choice(originals), rng)
        try:
            expected = idx_oracle.gunzip(data)
        except idx_oracle.RefusedError:
            expected = None
        for name in inflate.decoders():
            try:
                found = gunzip(data, 5_000, name)
            except inflate.GzipError:
                found = None
            assert found == expected, (name, data.hex())
        accepted += expected is not None

    assert 100 < accepted < 2_900


def test_one_decoder_serves_many_threads(decoder):
    contents = [bytes([n]) * 200_000 + TEXT for n in range(16)]
    packed = [gzip.compress(data, 1) for data in contents]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda data: gunzip(data, 300_000, decoder), packed))

    assert found == contents


def test_this_build_has_libdeflate():
    assert list(inflate.decoders()) == ["linked", "zlib"]


def test_zlib_serves_alone_in_a_build_without_libdeflate(monkeypatch):
    monkeypatch.setattr(_core, "LIBDEFLATE", "")

    assert list(inflate.decoders.__wrapped__()) == ["zlib"]


# "a", then three more by a length and a distance; the only distance has the code 0, and this is 1.
OTHER_BIT = bytes.fromhex("0dc0010900000080a0adfd3f91e6")


def test_the_other_bit_of_a_code_of_one_symbol_is_the_difference_that_is_named():
    head, right = member(b"")[:10], struct.pack("<II", zlib.crc32(b"aaaa"), 4)
    wrong = struct.pack("<II", zlib.crc32(b"aaaa") ^ 1, 4)

    assert "invalid distance code" in str(refusal(head + OTHER_BIT + right, "zlib"))
    for decoder in inflate.decoders():
        if decoder != "zlib":
            assert gunzip(head + OTHER_BIT + right, 4, decoder) == b"aaaa"
            assert refusal(head + OTHER_BIT + wrong, decoder).damage == "damaged"
