"""Real Python clients against a running server: python test/clients/clients.py URL PICTURE
Prints one JSON object: what each client got, for the test that started the server to compare."""

import asyncio
import json
import sys

import numpy as np
import tritonclient.http as triton
from huggingface_hub import InferenceClient
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

url, picture = sys.argv[1:3]
jpeg = open(picture, "rb").read()


def tritonclient_http():
    client = triton.InferenceServerClient(url.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits")
    metadata = client.get_model_metadata("digits")
    image = triton.InferInput("image", [1], "BYTES")
    image.set_data_from_numpy(np.array([jpeg], dtype=np.object_), binary_data=True)
    result = client.infer("digits", [image], request_id="seven")
    classes = client.infer("digits", [image], outputs=[triton.InferRequestedOutput("scores", class_count=3)])
    pixels = triton.InferInput("pixel_values", [1, 3, 32, 32], "FP32")
    pixels.set_data_from_numpy(np.linspace(-1, 1, 3 * 32 * 32, dtype=np.float32).reshape(1, 3, 32, 32), binary_data=True)
    raw = client.infer("digits", [pixels], request_compression_algorithm="gzip")
    statistics = client.get_inference_statistics("digits")
    return {
        "outputs": [o["name"] for o in metadata["outputs"]],
        "id": result.get_response()["id"],
        "logits": result.as_numpy("logits").tolist(),
        "classes": [c.decode() for c in classes.as_numpy("scores")[0]],
        "pixels": raw.as_numpy("logits").tolist(),
        "index": [m["state"] for m in client.get_model_repository_index()],
        "config": client.get_model_config("digits")["name"],
        "count": statistics["model_stats"][0]["inference_count"],
    }


async def kserve_client():
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    ready = await client.is_server_ready(url) and await client.is_server_live(url)
    image = InferInput(name="image", shape=[1], datatype="BYTES")
    image.set_data_from_numpy(np.array([jpeg], dtype=np.object_), binary_data=True)
    result = await client.infer(url, InferRequest(model_name="digits", infer_inputs=[image]), model_name="digits")
    return {"ready": ready, "logits": result.outputs[0].as_numpy().tolist()}


def hugging_face():
    client = InferenceClient(model=url)
    return {
        "all": [(c.label, c.score) for c in client.image_classification(jpeg)],
        "two": [(c.label, c.score) for c in client.image_classification(jpeg, top_k=2)],
    }


print(json.dumps({"triton": tritonclient_http(), "kserve": asyncio.run(kserve_client()), "huggingface": hugging_face()}))
