"""For bench/pictures.ts: writes the pictures, then decodes each file named on standard input and prints the ms of CPU."""

import io
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, "fixtures/make")
from PIL import Image  # noqa: E402
from pictures import scene  # noqa: E402

folder = pathlib.Path(sys.argv[1])
smooth = np.asarray(Image.fromarray(scene(1, 60, 45, 3)).resize((4000, 3000)), np.int16)
grain = np.random.default_rng(1).normal(0, 5, (3000, 4000, 1)).astype(np.int16)
large = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
large.save(folder / "12 MP JPEG 4:2:0.jpg", quality=90)
large.save(folder / "12 MP JPEG 4:4:4.jpg", quality=90, subsampling=0)
large.save(folder / "12 MP JPEG progressive.jpg", quality=90, progressive=True)
large.resize((640, 480)).save(folder / "640×480 JPEG.jpg", quality=90)
large.resize((1920, 1440)).save(folder / "1920×1440 PNG.png")
print("ready", flush=True)
for line in sys.stdin:
    data = pathlib.Path(line.rstrip("\n")).read_bytes()
    begin = time.process_time()
    Image.open(io.BytesIO(data)).load()
    print((time.process_time() - begin) * 1e3, flush=True)
