"""python test/clients/manifests.py: the manifests of examples/ against the model classes of KServe's SDK and of Kubernetes'
client. Exits with 1 at a field that they do not know or whose type is another."""

import re

import kserve
import kubernetes.client
import yaml

KINDS = {"ClusterServingRuntime": "V1alpha1ClusterServingRuntime", "InferenceService": "V1beta1InferenceService"}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}


def class_named(name):
    return getattr(kserve, name, None) or getattr(kubernetes.client, name, None)


def check(value, kind, path):
    """`kind` is a type as the generated classes write it: str, list[V1Container], dict(str, str), V1Probe …"""
    inner = re.fullmatch(r"list\[(.+)\]", kind)
    if inner:
        assert isinstance(value, list), f"{path}: expected a list, got {value!r}"
        for i, item in enumerate(value):
            check(item, inner[1], f"{path}[{i}]")
        return
    inner = re.fullmatch(r"dict[(\[]str, (.+)[)\]]", kind)
    if inner:
        for key, item in value.items():
            check(item, inner[1], f"{path}.{key}")
        return
    if kind in PLAIN:
        assert isinstance(value, PLAIN[kind]), f"{path}: expected {kind}, got {value!r}"
        return
    model = class_named(kind.removeprefix("KnativeDev"))
    if model is None:  # quantities and knative's types are plain values
        return
    types = getattr(model, "openapi_types", None) or model.swagger_types
    names = {json_name: name for name, json_name in model.attribute_map.items()}
    for key, item in value.items():
        assert key in names, f"{path}.{key} is not known: expected one of {', '.join(sorted(names))}"
        check(item, types[names[key]], f"{path}.{key}")


count = 0
for document in yaml.safe_load_all(open("examples/serve/kserve.yaml")):
    check(document, KINDS[document["kind"]], document["kind"])
    count += 1
for document in [
    *yaml.safe_load_all(open("examples/serve/kubernetes.yaml")),
    *yaml.safe_load_all(open("examples/batch/kubernetes.yaml")),
]:
    kinds = {"Deployment": "V1Deployment", "Service": "V1Service", "Job": "V1Job", "HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler"}
    check(document, kinds[document["kind"]], document["kind"])
    count += 1
print(f"{count} manifests fit the classes of KServe and Kubernetes")
