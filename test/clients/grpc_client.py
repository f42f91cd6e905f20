"""tritonclient over gRPC against a running server: python test/clients/grpc_client.py ADDRESS PICTURE
Prints one JSON object: what the client got, for the test that started the server to compare. Also holds the numbers of the
fields in examples/grpc/inference.proto against those that tritonclient was generated from."""

import json
import re
import sys

import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

address, picture = sys.argv[1:3]
jpeg = open(picture, "rb").read()


def fields_of_proto():
    """(message, field) → number, of a proto as examples/grpc has it: one field a line."""
    path, found = [], {}
    for line in open("examples/grpc/inference.proto"):
        opened = re.match(r"\s*(message|oneof|enum|service) (\w+) \{(.*)", line)
        if opened:
            path.append(opened[2] if opened[1] == "message" else None)
        names = [name for name in path if name]
        for name, number in re.findall(r"(\w+) = (\d+);", line):
            if names:
                found[names[-1], name] = int(number)
        if line.rstrip().endswith("}"):
            path.pop()
    return found


def compare_fields():
    known = {}

    def visit(message):
        for field in message.fields:
            known[message.name, field.name] = field.number
        for inner in message.nested_types:
            visit(inner)

    for module in (service_pb2, model_config_pb2):
        for message in module.DESCRIPTOR.message_types_by_name.values():
            visit(message)
    ours = fields_of_proto()
    assert len(ours) > 100, len(ours)
    wrong = {key: number for key, number in ours.items() if known.get(key) != number}
    assert not wrong, wrong
    return len(ours)


client = triton.InferenceServerClient(address)
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits")
metadata = client.get_model_metadata("digits")
image = triton.InferInput("image", [1], "BYTES")
image.set_data_from_numpy(np.array([jpeg], dtype=np.object_))
result = client.infer("digits", [image], request_id="seven", timeout=10_000_000)
classes = client.infer("digits", [image], outputs=[triton.InferRequestedOutput("scores", class_count=3)])
values = np.linspace(-1, 1, 3 * 32 * 32, dtype=np.float32)
pixels = triton.InferInput("pixel_values", [1, 3, 32, 32], "FP32")
pixels.set_data_from_numpy(values.reshape(1, 3, 32, 32))
raw = client.infer("digits", [pixels], outputs=[triton.InferRequestedOutput("logits")])

# typed contents, which tritonclient itself never sends
import grpc

stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(address))


def typed(name, datatype, shape, **contents):
    tensor = service_pb2.ModelInferRequest.InferInputTensor(
        name=name, datatype=datatype, shape=shape, contents=service_pb2.InferTensorContents(**contents)
    )
    answer = stub.ModelInfer(service_pb2.ModelInferRequest(model_name="digits", inputs=[tensor]))
    return np.frombuffer(answer.raw_output_contents[0], dtype=np.float32).tolist()


def failure(action):
    try:
        action()
    except InferenceServerException as error:
        return error.status()
    return None


bad = triton.InferInput("image", [1], "BYTES")
bad.set_data_from_numpy(np.array([b"no picture"], dtype=np.object_))
client.unload_model("features")
unloaded = client.is_model_ready("features")
client.load_model("features")
print(
    json.dumps(
        {
            "fields": compare_fields(),
            "name": client.get_server_metadata().name,
            "outputs": [o.name for o in metadata.outputs],
            "id": result.get_response().id,
            "logits": result.as_numpy("logits")[0].tolist(),
            "classes": [c.decode() for c in classes.as_numpy("scores")[0]],
            "pixels": raw.as_numpy("logits")[0].tolist(),
            "typed_image": typed("image", "BYTES", [1], bytes_contents=[jpeg]),
            "typed_pixels": typed("pixel_values", "FP32", [1, 3, 32, 32], fp32_contents=values.tolist()),
            "unloaded": unloaded,
            "index": [m.state for m in client.get_model_repository_index().models],
            "config": client.get_model_config("digits").config.input[0].name,
            "count": client.get_inference_statistics("digits").model_stats[0].inference_count,
            "failures": [
                failure(lambda: client.infer("nope", [image])),
                failure(lambda: client.infer("digits", [bad])),
                failure(lambda: client.get_model_metadata("nope")),
            ],
        }
    )
)
