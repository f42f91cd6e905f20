"""For bench/lab/webp.ts: writes WebP files into a folder, then decodes those whose names come in, a line each.

python bench/lab/webp.py FOLDER; answers the names, then for each line the milliseconds of CPU and the hash of the pixels.
"""

import hashlib
import io
import pathlib
import sys
import time

sys.path.insert(0, "fixtures/make")
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from webps import encode  # noqa: E402



def photograph(seed, w, h):
    """Noise of all sizes, the coarse stronger, as in photographs: as many bytes a pixel as they take."""
    rng = np.random.default_rng(seed)
    image = np.full((h, w, 3), 128.0)
    for scale in (2, 4, 8, 16, 32, 64, 128, 256):
        coarse = rng.integers(0, 256, (2 + h // scale, 2 + w // scale, 3)).astype(np.uint8)
        image += (np.asarray(Image.fromarray(coarse).resize((w, h), Image.Resampling.BICUBIC)) - 127.5) * min(0.7, 0.03 * scale**0.6)
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


folder = pathlib.Path(sys.argv[1])
small, large = photograph(1, 640, 480), photograph(2, 4000, 3000)
drawing = np.asarray(Image.fromarray(small).quantize(64).convert("RGB"))
alpha = np.dstack([small, small[:, :, 0]])
PICTURES = {
    "lossy 640 × 480, quality 75": lambda: encode(small, quality=75.0),
    "lossy 640 × 480, quality 95": lambda: encode(small, quality=95.0),
    "lossy 640 × 480, simple filter": lambda: encode(small, quality=50.0, filter_type=0, filter_strength=60),
    "lossy 640 × 480 with alpha": lambda: encode(alpha, quality=75.0),
    "lossy 4000 × 3000, quality 75": lambda: encode(large, quality=75.0, method=2),
    "lossless 640 × 480": lambda: encode(small, lossless=1),
    "lossless 640 × 480, 64 colors": lambda: encode(drawing, lossless=1),
    "lossless 1920 × 1440": lambda: encode(large[:1440, :1920], lossless=1, method=2, quality=50.0),
}
for name, write in PICTURES.items():
    (folder / f"{name}.webp").write_bytes(write())
print("|".join(PICTURES), flush=True)
for line in sys.stdin:
    data = (folder / f"{line.strip()}.webp").read_bytes()
    started = time.process_time()
    image = Image.open(io.BytesIO(data)).convert("RGB")
    spent = 1000 * (time.process_time() - started)
    print(spent, hashlib.sha256(np.asarray(image).tobytes()).hexdigest()[:16], flush=True)
