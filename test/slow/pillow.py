"""Random pictures for test/slow/pillow.ts: python test/slow/pillow.py KIND COUNT SEED → one JSON line a case."""

import base64
import io
import json
import struct
import sys
import warnings

import numpy as np
from PIL import ImageFile, ImageOps

sys.path.insert(0, "fixtures/make")
from images import FILTERS, Image, decoded, digest  # noqa: E402
from pictures import SAMPLES, patched, plain_jpeg, png, scene  # noqa: E402
from rasters import WRITERS  # noqa: E402
from rows_first import rows_first  # noqa: E402
from webps import WEBP_WRITERS  # noqa: E402

warnings.simplefilter("ignore")
rows_first()
kind, count, rng = sys.argv[1], int(sys.argv[2]), np.random.default_rng(int(sys.argv[3]))


def b64(data):
    return base64.b64encode(data).decode()


def resize():
    if rng.random() < 0.5:  # long lines: many coefficients a byte
        w, h, nw, nh = int(rng.integers(1, 3000)), 1, int(rng.integers(1, 3000)), 1
    else:
        w, h, nw, nh = (int(v) for v in rng.integers(1, 90, 4))
    pixels = rng.integers(0, 256, (h, w, 3)).astype(np.uint8)
    number = int(rng.integers(0, 6))
    result = np.asarray(Image.fromarray(pixels).resize((nw, nh), Image.Resampling(number)))
    return {"size": [w, h, nw, nh], "filter": FILTERS[number], "data": b64(pixels.tobytes()), "hash": digest(result)}


def encoded(data, **about):
    try:
        found = decoded(data)
    except Exception as e:
        found = None
        about["error"] = repr(e)[:80]
    return {"data": b64(data), "found": found, **about}


def random_jpeg():
    w, h = (int(v) for v in (rng.integers(1, 90, 2) if rng.random() < 0.9 else rng.integers(1, 400, 2)))
    seed = int(rng.integers(1 << 30))
    if rng.random() < 0.2:
        factors = [[1, 2, 3, 4][i] * 16 + [1, 2, 3, 4][j] for i, j in rng.choice(4, (3, 2), p=[0.4, 0.3, 0.1, 0.2])]
        small = sum((f >> 4) * (f & 15) for f in factors) <= 10
        return plain_jpeg(seed, w, h, factors, interleaved=small and rng.random() < 0.7, restart=int(rng.integers(0, 4)))
    bands = int(rng.choice([1, 3, 3, 3, 4]))
    pixels = scene(seed, w, h, bands) if rng.random() < 0.8 else rng.integers(0, 256, (h, w, bands)).astype(np.uint8)
    image = Image.fromarray(pixels[:, :, 0] if bands == 1 else pixels, {1: "L", 3: "RGB", 4: "CMYK"}[bands])
    out, keep_rgb = io.BytesIO(), bands == 3 and rng.random() < 0.2
    restart = {["restart_marker_blocks", "restart_marker_rows"][int(rng.integers(2))]: int(rng.choice([0, 0, 1, 5]))}
    try:
        image.save(
            out,
            "JPEG",
            quality=int(rng.choice([rng.integers(1, 101), 95, 100])),
            subsampling=0 if keep_rgb else int(rng.integers(0, 3)),
            progressive=bool(rng.integers(2)),
            optimize=bool(rng.integers(2)),
            keep_rgb=keep_rgb,
            **restart,
        )
    except OSError:  # some of these do not fit into the encoder's buffer
        return random_jpeg()
    data = out.getvalue()
    if rng.random() < 0.2 and bands == 3 and not keep_rgb:  # ids, transforms and markers that others write
        choice = int(rng.integers(5))
        data = [
            lambda: patched(data, ids=[1, 1, 1]),
            lambda: patched(data, ids=list(b"RGB"), drop=(0xE0,)),
            lambda: patched(data, drop=(0xE0,)),
            lambda: patched(data, ids=[0, 1, 2], drop=(0xE0,)),
            lambda: data[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([int(rng.integers(3))]) + data[2:],
        ][choice]()
    return data


def jpeg():
    return encoded(random_jpeg())


def scan_starts(data):
    """Where the scans of a JPEG begin, its markers and its end."""
    at, found = 2, []
    while at < len(data) - 1:
        marker = data[at + 1]
        if data[at] == 255 and marker not in (0, 255):
            found.append((at, marker))
            at += 2 if 0xD0 <= marker <= 0xD9 else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        else:
            at += 1
    return found


def cut_jpeg():
    """Cut at a marker or anywhere, with or without an end, or with something behind it; scans and restarts left out."""
    data = random_jpeg()
    marks = scan_starts(data)
    first = next(at for at, marker in marks if marker == 0xDA)
    kind = int(rng.integers(8))
    if kind == 0:  # fewer scans
        at = int(rng.choice([at for at, marker in marks if at > first]))
        return encoded(data[:at] + b"\xff\xd9")
    if kind == 1:
        return encoded(data[: int(rng.integers(first, len(data)))] + b"\xff\xd9")
    if kind == 2:
        return encoded(data[: int(rng.integers(first, len(data)))])
    if kind == 3:  # no end, a trailer
        trailer = [bytes(int(rng.integers(1, 40))), b"\xff" * 9, bytes(rng.integers(0, 255, 30).astype(np.uint8)), b"SEFT"]
        return encoded(data[:-2] + trailer[int(rng.integers(4))])
    if kind == 4:  # no tables
        return encoded(patched(data, drop=(0xC4,)))
    restarts = [(at, marker) for at, marker in marks if 0xD0 <= marker <= 0xD7]
    if restarts and kind >= 5:
        at, marker = restarts[int(rng.integers(len(restarts)))]
        if kind == 5:  # one is missing
            return encoded(data[:at] + data[at + 2 :])
        if kind == 6:  # another one
            return encoded(data[: at + 1] + bytes([int(rng.choice([0xD0 + int(rng.integers(8)), 0x02, 0xBF, 0xE5]))]) + data[at + 2 :])
        shorter = int(rng.integers(1, 20))  # less data in front of one
        return encoded(data[: max(first + 14, at - shorter)] + data[at:])
    padding = b"\xff" * int(rng.integers(1, 9))
    at = int(rng.choice([at for at, _ in marks]))
    return encoded(data[:at] + padding + data[at:])


def edge_jpeg():
    """No end, and a few bytes fewer or more: whether libjpeg waits for another byte depends on how it fills its buffer."""
    data = random_jpeg()[:-2]
    less = int(rng.integers(0, 24))
    trailer = [b"\xff", b"\0", b"S"][int(rng.integers(3))] * int(rng.integers(0, 12))
    return encoded(data[: len(data) - less] + trailer)


def segments(data):
    """Before the first scan: marker and bytes of every segment; then the rest."""
    at, found = 2, []
    while data[at + 1] != 0xDA:
        size = 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        found.append(data[at : at + size])
        at += size
    return found, data[at:]


def segments_jpeg():
    """A segment left out, twice, elsewhere, with another length, marker or byte, or one that nobody needs before it."""
    data = random_jpeg()
    parts, rest = segments(data)
    at = int(rng.integers(len(parts)))
    part = parts[at]
    size = len(part) - 2
    junk = rng.integers(0, 256, int(rng.integers(0, 9))).astype(np.uint8).tobytes()
    marker = int(rng.choice([0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE, 0xDC, 0xDD, 0xC8, 0xCC, 0xDE, 0xDF, 0xF0, 0x01, 0xD0, 0xD8, 0x02, 0xBF]))
    length = int(rng.choice([0, 1, 2, size - 1, size + 1, size + 3, 0xFFFF]))
    spot = int(rng.integers(2, len(part)))
    choice = int(rng.integers(9))
    if choice == 0:
        parts.pop(at)
    elif choice == 1:
        parts.insert(int(rng.integers(len(parts) + 1)), part)
    elif choice == 2:
        parts.insert(int(rng.integers(len(parts))), parts.pop(at))
    elif choice == 3:
        parts[at] = part[:2] + struct.pack(">H", max(0, min(length, 0xFFFF))) + part[4:]
    elif choice == 4:
        parts[at] = part[:1] + bytes([marker]) + part[2:]
    elif choice == 5:
        parts[at] = part[:spot] + bytes([int(rng.integers(256))]) + part[spot + 1 :]
    elif choice == 6:
        parts.insert(at, b"\xff" + bytes([marker]) + struct.pack(">H", len(junk) + int(rng.choice([0, 1, 2]))) + junk)
    elif choice == 7:
        parts.insert(at, junk)
    else:
        parts.insert(at, b"\xff" * int(rng.integers(1, 5)))
    return encoded(data[:2] + b"".join(parts) + rest)


def broken_jpeg():
    """Bytes of the scans changed: libjpeg decodes on, with warnings that Pillow does not show."""
    data = bytearray(random_jpeg())
    start = data.index(b"\xff\xda") + 12
    for _ in range(int(rng.integers(1, 4))):
        data[int(rng.integers(start, max(start + 1, len(data) - 2)))] = int(rng.integers(256))
    return encoded(bytes(data))


def filled(data):
    """With what Pillow makes of a file that is cut, if it is asked to make something."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        case = encoded(data, fill=True)
        if case["found"]:
            case["pixels"] = b64(np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")).tobytes())
        return case
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def fill_jpeg():
    data = random_jpeg()
    first = next(at for at, marker in scan_starts(data) if marker == 0xDA)
    return filled(data[: int(rng.integers(first + 14, len(data)))])


def fill_png():
    data = base64.b64decode(random_png()["data"])
    return filled(data[: int(rng.integers(data.index(b"IDAT") + 6, len(data)))])


def cut(write):
    """A file of that writer, cut anywhere behind its first bytes."""
    data = write(rng)
    return filled(data[: int(rng.integers(min(20, len(data) - 1), len(data)))])


def random_png():
    color = int(rng.choice(list(SAMPLES)))
    depth = int(rng.choice({0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(color, [8, 16])))
    h, w = (int(v) for v in rng.integers(1, 40, 2))
    values = rng.integers(0, 1 << depth, (h, w, SAMPLES[color]))
    palette = rng.integers(0, 256, 3 * int(rng.integers(1, 1 + (1 << depth)))).astype(np.uint8).tobytes() if color == 3 else None
    return encoded(png(values, depth, color, bool(rng.integers(2)), palette, pieces=int(rng.integers(1, 5))))


def flipped_png():
    """A bit of the data is wrong: Pillow looks at no CRC of them, yet at zlib's checksum."""
    data = bytearray(base64.b64decode(random_png()["data"]))
    at = int(rng.integers(data.index(b"IDAT") + 4, len(data) - 16))
    data[at] ^= 1 << int(rng.integers(8))
    return encoded(bytes(data))


KINDS = {"resize": resize, "jpeg": jpeg, "cut-jpeg": cut_jpeg, "edge-jpeg": edge_jpeg, "segments-jpeg": segments_jpeg, "broken-jpeg": broken_jpeg, "png": random_png}
KINDS |= {"fill-jpeg": fill_jpeg, "fill-png": fill_png, "flipped-png": flipped_png}
KINDS |= {f"fill-{name}": lambda write=write: cut(write) for name, write in (WRITERS | WEBP_WRITERS).items()}
KINDS |= {kind: lambda write=write: encoded(write(rng)) for kind, write in (WRITERS | WEBP_WRITERS).items()}
for _ in range(count):
    print(json.dumps(KINDS[kind]()))
