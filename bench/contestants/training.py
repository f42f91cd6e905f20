"""PyTorch for the training section, on one thread, speaking the lines of serve.ts: training.py JOB. A model has 4 blocks, or `blocks`."""

import json
import os
import resource
import sys
import time

import torch

torch.set_num_threads(1)
job = json.loads(sys.argv[1])
forward = job["form"] == "forward"
clock = time.process_time if os.environ.get("BEIT_BENCH_CLOCK") == "cpu" else time.perf_counter


def layers():
    """The products of the four layers of a block; the numbers are not those of the other engines, their count is."""
    placed = [[torch.randn(m, k), torch.randn(m, n), torch.randn(n, k) / k**0.5] for m, n, k in job["shapes"]]

    def run():
        outputs = []
        for x, dy, w in placed:
            y = x @ w.T
            outputs += [y] if forward else [y, dy @ w, dy.T @ x]
        return outputs[0].flatten()[:16]

    return run


def model():
    from transformers import BeitConfig, BeitForImageClassification

    config = BeitConfig(num_hidden_layers=job.get("blocks", 4), use_relative_position_bias=True, num_labels=10, drop_path_rate=0.0)
    net = BeitForImageClassification(config).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4)
    pixels, labels = torch.sin(torch.arange(2 * 3 * 224 * 224.0)).reshape(2, 3, 224, 224), torch.tensor([1, 2])

    def run():
        if forward:
            with torch.inference_mode():
                return net(pixel_values=pixels).logits.flatten()
        optimizer.zero_grad()
        output = net(pixel_values=pixels, labels=labels)
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        return output.logits.detach().flatten()

    return run


def say(message):
    print(json.dumps(message), flush=True)


begin = clock()
run = layers() if job["what"] == "layers" else model()
loaded = clock()
say({"loadMs": 1e3 * (loaded - begin), "answer": run().tolist(), "note": f"torch {torch.__version__}"})
for line in sys.stdin:
    if line.strip() == "quit":
        break
    start = clock()
    run()
    say({"ms": 1e3 * (clock() - start)})
say({"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})
