"""Holds the recorded ONNX files against the ONNX checker and onnxruntime's own tools: check.py FOLDER.

FOLDER holds model.onnx and model.int8.onnx. Prints the operators; that the dynamic quantiser makes the same weights of
model.onnx, byte for byte, as we recorded; and how far the logits of both int8 files lie apart.
"""

import sys
import tempfile
from collections import Counter

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

folder = sys.argv[1]


def weights(path):
    """The int8 matrices of a file, sorted, as bytes."""
    tensors = onnx.load(path).graph.initializer
    arrays = [numpy_helper.to_array(tensor) for tensor in tensors if tensor.data_type == onnx.TensorProto.INT8]
    return sorted(array.tobytes() for array in arrays if array.ndim == 2)


def logits(path, pixels):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pixels})[0]


for name in ("model.onnx", "model.int8.onnx"):
    onnx.checker.check_model(f"{folder}/{name}", full_check=True)
    operators = Counter(node.op_type for node in onnx.load(f"{folder}/{name}").graph.node)
    print(f"{name}: the checker finds no fault; {dict(operators)}")

with tempfile.TemporaryDirectory() as scratch:
    theirs, ours = f"{scratch}/theirs.onnx", f"{folder}/model.int8.onnx"
    quantize_dynamic(f"{folder}/model.onnx", theirs, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)
    same = weights(theirs) == weights(ours)
    operators = Counter(node.op_type for node in onnx.load(theirs).graph.node)
    print(f"quantize_dynamic: {dict(operators)}; int8 weights {'the same' if same else 'DIFFERENT'}")
    shape = [d.dim_value for d in onnx.load(ours).graph.input[0].type.tensor_type.shape.dim]
    pixels = numpy.random.default_rng(1).standard_normal(shape).astype(numpy.float32)
    full = logits(f"{folder}/model.onnx", pixels)
    for name, path in (("recorded", ours), ("quantize_dynamic", theirs)):
        rms = numpy.sqrt(numpy.mean((logits(path, pixels) - full) ** 2))
        print(f"rms distance of the logits from f32, {name}: {rms:.6f}")
    if not same:
        sys.exit(1)
