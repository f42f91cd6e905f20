"""Pillow for bench/pictures: pictures.py make FOLDER writes the pictures; pictures.py JOB speaks the lines of picture.ts.

A process that has made pictures keeps memory at hand, which a program that opens a photograph does not have: so these are two.
"""

import io
import json
import pathlib
import sys
import time

import numpy as np
from PIL import Image


def make(folder):
    sys.path.insert(0, "fixtures/make")
    from pictures import scene

    smooth = np.asarray(Image.fromarray(scene(1, 60, 45, 3)).resize((4000, 3000)), np.int16)
    grain = np.random.default_rng(1).normal(0, 5, (3000, 4000, 1)).astype(np.int16)
    large = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
    middle, small = large.resize((1920, 1440)), large.resize((640, 480))
    drawing = Image.fromarray(scene(1, 60, 45, 3)).resize((1920, 1440)).quantize(32, dither=Image.Dither.NONE).convert("RGB")
    alpha = middle.copy()
    alpha.putalpha(drawing.convert("L"))
    large.save(folder / "12 MP JPEG 4:2:0.jpg", quality=90)
    large.save(folder / "12 MP JPEG 4:4:4.jpg", quality=90, subsampling=0)
    large.save(folder / "12 MP JPEG progressive.jpg", quality=90, progressive=True)
    small.save(folder / "640×480 JPEG.jpg", quality=90)
    middle.save(folder / "1920×1440 PNG.png")
    alpha.save(folder / "1920×1440 PNG, RGBA.png")
    drawing.save(folder / "1920×1440 PNG, drawing.png")
    large.save(folder / "12 MP WebP.webp", quality=75, method=2)
    small.save(folder / "640×480 WebP.webp", quality=75)
    small.save(folder / "640×480 WebP lossless.webp", lossless=True)


def decode(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    # of an RGB picture this would be a copy
    return image if image.mode == "RGB" else image.convert("RGB")


def pixel_values(data):
    """What BeitImageProcessor does at 224, without torch."""
    small = decode(data).resize((224, 224), Image.Resampling.BILINEAR)
    return ((np.asarray(small, np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)


def status(field):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def peak(run, data):
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    idle = status("VmRSS")
    run(data)
    return status("VmHWM") - idle


def serve(run):
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked, path = line.rstrip("\n").split(" ", 1)
        data = pathlib.Path(path).read_bytes()
        if asked == "peak":
            print(json.dumps({"peakBytes": peak(run, data)}), flush=True)
            continue
        begin = time.process_time()
        run(data)
        print(json.dumps({"ms": 1e3 * (time.process_time() - begin)}), flush=True)


if sys.argv[1] == "make":
    make(pathlib.Path(sys.argv[2]))
else:
    serve({"decode": decode, "pixelValues": pixel_values}[sys.argv[1]])
