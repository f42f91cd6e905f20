"""PyTorch with transformers, speaking the lines of serve.ts: pytorch.py JOB."""

import json
import resource
import sys
import time

job = json.loads(sys.argv[1])
begin = time.perf_counter()
import numpy
import torch
from transformers import BeitForImageClassification

torch.set_num_threads(job["threads"])
model = BeitForImageClassification.from_pretrained(job["folder"]).eval()
size, images = job["size"], job["images"]
pixels = torch.from_numpy(numpy.fromfile(job["pixels"], dtype=numpy.float32)).reshape(images, 3, size, size)
loaded = time.perf_counter()


def run():
    with torch.inference_mode():
        return model(pixel_values=pixels, interpolate_pos_encoding=True).logits


def say(message):
    print(json.dumps(message), flush=True)


answer = run().flatten().tolist()
say({"loadMs": 1e3 * (loaded - begin), "answer": answer, "note": f"torch {torch.__version__}"})
for line in sys.stdin:
    if line.strip() == "quit":
        break
    start = time.perf_counter()
    run()
    say({"ms": 1e3 * (time.perf_counter() - start)})
say({"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})
