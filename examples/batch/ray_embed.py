"""Embeds a folder of pictures with Ray Data: python ray_embed.py PICTURES OUT.parquet [MODEL]

Ray brings the pictures, spreads blocks over the cluster and writes Parquet; each block runs through one beit process.
Needs `pip install ray pyarrow`, and Node with beit-wasm on every machine.
"""

import sys

import beit_process
import ray


def embed(block, model):
    rows = list(beit_process.run(zip(block["path"], block["bytes"]), "embed", model))
    return {
        "path": [row["id"] for row in rows],
        "embedding": [row.get("embedding") or [] for row in rows],
        "error": [(row.get("error") or {}).get("code", "") for row in rows],
    }


if __name__ == "__main__":
    pictures, out = sys.argv[1:3]
    model = sys.argv[3] if len(sys.argv) > 3 else None
    data = ray.data.read_binary_files(pictures, include_paths=True)
    data.map_batches(embed, fn_kwargs={"model": model}, batch_size=64).write_parquet(out)
