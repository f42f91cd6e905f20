"""One `beit batch --stdin` process: pictures go in as JSON lines, results come out as JSON lines, in the same order."""

import base64
import json
import os
import shlex
import subprocess
import threading


def run(pictures, task="embed", model=None):
    """(id, bytes) of pictures -> dicts with id and result, or id and error, one for each, in order."""
    command = shlex.split(os.environ.get("BEIT", "npx beit-wasm")) + ["batch", "--stdin", "--task", task]
    command += ["--workers", "1"] + (["--model", model] if model else [])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def feed():
        with process.stdin as pipe:
            for key, data in pictures:
                pipe.write(json.dumps({"id": key, "image": base64.b64encode(data).decode()}) + "\n")

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    with process.stdout as lines:
        for line in lines:
            yield json.loads(line)
    feeder.join()
    if process.wait() not in (0, 1):  # 1: some pictures failed, and say so in their rows
        raise RuntimeError(f"beit batch ended with {process.returncode}")
