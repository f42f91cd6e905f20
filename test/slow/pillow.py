"""Random pictures for test/slow/pillow.ts: python test/slow/pillow.py KIND COUNT SEED → one JSON line a case."""

import base64
import io
import json
import sys
import warnings

import numpy as np

sys.path.insert(0, "fixtures/make")
from images import FILTERS, Image, decoded, digest  # noqa: E402
from pictures import SAMPLES, plain_jpeg, png, scene  # noqa: E402
from rasters import WRITERS  # noqa: E402
from webps import WEBP_WRITERS  # noqa: E402

warnings.simplefilter("ignore")
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
    w, h = (int(v) for v in rng.integers(1, 90, 2))
    seed = int(rng.integers(1 << 30))
    if rng.random() < 0.3:
        factors = [[1, 2, 4][i] * 16 + [1, 2, 4][j] for i, j in rng.integers(0, 3, (3, 2))]
        small = sum((f >> 4) * (f & 15) for f in factors) <= 10
        return plain_jpeg(seed, w, h, factors, interleaved=small and rng.random() < 0.7, restart=int(rng.integers(0, 4)))
    bands = int(rng.choice([1, 3, 3, 3, 4]))
    pixels = scene(seed, w, h, bands)
    image = Image.fromarray(pixels[:, :, 0] if bands == 1 else pixels, {1: "L", 3: "RGB", 4: "CMYK"}[bands])
    out, keep_rgb = io.BytesIO(), bands == 3 and rng.random() < 0.2
    image.save(
        out,
        "JPEG",
        quality=int(rng.integers(1, 101)),
        subsampling=0 if keep_rgb else int(rng.integers(0, 3)),
        progressive=bool(rng.integers(2)),
        optimize=bool(rng.integers(2)),
        restart_marker_blocks=int(rng.choice([0, 0, 1, 5])),
        keep_rgb=keep_rgb,
    )
    return out.getvalue()


def jpeg():
    return encoded(random_jpeg())


def broken_jpeg():
    """Bytes of the scans changed: libjpeg decodes on, with warnings that Pillow does not show."""
    data = bytearray(random_jpeg())
    start = data.index(b"\xff\xda") + 12
    for _ in range(int(rng.integers(1, 4))):
        data[int(rng.integers(start, max(start + 1, len(data) - 2)))] = int(rng.integers(256))
    return encoded(bytes(data))


def random_png():
    color = int(rng.choice(list(SAMPLES)))
    depth = int(rng.choice({0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(color, [8, 16])))
    h, w = (int(v) for v in rng.integers(1, 40, 2))
    values = rng.integers(0, 1 << depth, (h, w, SAMPLES[color]))
    palette = rng.integers(0, 256, 3 * int(rng.integers(1, 1 + (1 << depth)))).astype(np.uint8).tobytes() if color == 3 else None
    return encoded(png(values, depth, color, bool(rng.integers(2)), palette, pieces=int(rng.integers(1, 5))))


KINDS = {"resize": resize, "jpeg": jpeg, "broken-jpeg": broken_jpeg, "png": random_png}
KINDS |= {kind: lambda write=write: encoded(write(rng)) for kind, write in (WRITERS | WEBP_WRITERS).items()}
for _ in range(count):
    print(json.dumps(KINDS[kind]()))
