"""Judges a factory's gRPC side with another toolchain: Debian's python3-grpcio. It knows nothing of the protocol but what server reflection tells.

usage: inference_judge.py HOST:PORT ENDPOINT JSON-OF-ONE-ROW
Prints "ok NAME" for each thing that holds; ends with status 1 at the first that does not.
"""
import json
import struct
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "inference.GRPCInferenceService"
SECONDS = 60


def message_class(pool, name):
    found = pool.FindMessageTypeByName(name)
    return message_factory.GetMessageClass(found) if hasattr(message_factory, "GetMessageClass") else message_factory.MessageFactory(pool).GetPrototype(found)


def reflection_messages():
    """The two messages of grpc.reflection.v1alpha, as far as they are needed, from their published numbers."""
    file = descriptor_pb2.FileDescriptorProto(name="reflection.proto", package="r", syntax="proto3")

    def add(name, *fields):
        message = file.message_type.add(name=name)
        for field, number, kind, repeated, of in fields:
            message.field.add(name=field, number=number, type=kind, label=3 if repeated else 1, type_name=of)

    text, data, nested = 9, 12, 11
    add("Request", ("file_containing_symbol", 4, text, False, None), ("list_services", 7, text, False, None))
    add("Service", ("name", 1, text, False, None))
    add("Services", ("service", 1, nested, True, ".r.Service"))
    add("Files", ("file", 1, data, True, None))
    add("Response", ("files", 4, nested, False, ".r.Files"), ("services", 6, nested, False, ".r.Services"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_class(pool, "r.Request"), message_class(pool, "r.Response")


class Reflected:
    """The services of a server, called with messages that are made from its own description of them."""

    def __init__(self, channel):
        self.channel = channel
        request, response = reflection_messages()
        self.ask = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                         request_serializer=request.SerializeToString, response_deserializer=response.FromString)
        # An empty name is dropped on the wire, so the server is asked with one.
        self.services = [service.name for reply in self.ask(iter([request(list_services="*")]), timeout=SECONDS) for service in reply.services.service]
        self.pool = descriptor_pool.DescriptorPool()
        for symbol in (SERVICE, "grpc.health.v1.Health"):
            for reply in self.ask(iter([request(file_containing_symbol=symbol)]), timeout=SECONDS):
                for file in reply.files.file:
                    self.pool.AddSerializedFile(file)

    def type(self, name):
        return message_class(self.pool, name)

    def method(self, service, name):
        found = self.pool.FindServiceByName(service).methods_by_name[name]
        make = self.channel.stream_stream if name == "ModelStreamInfer" else self.channel.unary_unary
        return make(f"/{service}/{name}", request_serializer=self.type(found.input_type.full_name).SerializeToString,
                    response_deserializer=self.type(found.output_type.full_name).FromString)


def raw(datatype, values):
    if datatype == "BYTES":
        return b"".join(struct.pack("<i", len(value.encode())) + value.encode() for value in values)
    return struct.pack("<%d%s" % (len(values), {"FP32": "f", "FP64": "d", "INT64": "q"}[datatype]), *values)


def holds(name, held, seen=""):
    if not held:
        print(f"not ok {name}: {seen}")
        sys.exit(1)
    print(f"ok {name}")


def refused(name, call, status, *mentions):
    try:
        call()
        holds(name, False, "answered")
    except grpc.RpcError as error:
        holds(name, error.code() == status and all(mention in error.details() for mention in mentions), f"{error.code()} {error.details()}")


def main(target, endpoint, row):
    server = Reflected(grpc.insecure_channel(target))
    holds("reflection", {SERVICE, "grpc.health.v1.Health"} <= set(server.services), server.services)

    def call(method, request_type, /, **fields):
        return server.method(SERVICE, method)(server.type(f"inference.{request_type}")(**fields), timeout=SECONDS)

    health = server.method("grpc.health.v1.Health", "Check")(server.type("grpc.health.v1.HealthCheckRequest")(service=SERVICE), timeout=SECONDS)
    holds("health", health.status == 1, health)
    holds("live", call("ServerLive", "ServerLiveRequest").live and call("ServerReady", "ServerReadyRequest").ready)
    holds("server metadata", call("ServerMetadata", "ServerMetadataRequest").name == "aifactory")
    metadata = call("ModelMetadata", "ModelMetadataRequest", name=endpoint)
    holds("model metadata", sorted(tensor.name for tensor in metadata.inputs) == sorted(row), metadata)
    holds("model ready", call("ModelReady", "ModelReadyRequest", name=endpoint, version=metadata.versions[0]).ready)
    holds("index", endpoint in [model.name for model in call("RepositoryIndex", "RepositoryIndexRequest").models])

    call("RepositoryModelLoad", "RepositoryModelLoadRequest", model_name=endpoint)
    states = {model.name: model.state for model in call("RepositoryIndex", "RepositoryIndexRequest", ready=True).models}
    call("RepositoryModelUnload", "RepositoryModelUnloadRequest", model_name=endpoint)
    left = {model.name: model.state for model in call("RepositoryIndex", "RepositoryIndexRequest").models}
    holds("repository", (states.get(endpoint), left.get(endpoint)) == ("READY", "UNAVAILABLE"), (states, left))

    request_type = server.type("inference.ModelInferRequest")

    def request(identity, model=endpoint, typed=False, rows=1):
        made = request_type(model_name=model, id=identity)
        made.parameters["key"].string_param = "judge"
        made.parameters["priority"].uint64_param = 1
        for tensor in metadata.inputs:
            given = made.inputs.add(name=tensor.name, datatype=tensor.datatype, shape=[rows if axis == -1 else axis for axis in tensor.shape])
            values = [row[tensor.name]] * rows
            if not typed:
                made.raw_input_contents.append(raw(tensor.datatype, values))
            elif tensor.datatype == "BYTES":
                given.contents.bytes_contents.extend(value.encode() for value in values)
            else:
                given.contents.fp32_contents.extend(values)
        return made

    infer = server.method(SERVICE, "ModelInfer")
    raw_reply = infer(request("r1", rows=2), timeout=SECONDS)
    scores = struct.unpack("<2f", raw_reply.raw_output_contents[[output.name for output in raw_reply.outputs].index("probability")])
    holds("raw inference", raw_reply.id == "r1" and list(raw_reply.outputs[0].shape) == [2, 1] and scores[0] == scores[1] and 0 <= scores[0] <= 1, raw_reply)
    typed_reply = infer(request("r2", typed=True), timeout=SECONDS)
    score = [output for output in typed_reply.outputs if output.name == "probability"][0].contents.fp32_contents[0]
    holds("typed inference", score == scores[0] and not typed_reply.raw_output_contents, typed_reply)
    decision = typed_reply.parameters["decision_id"].string_param
    holds("decision", len(decision) > 15, decision)

    stream = list(server.method(SERVICE, "ModelStreamInfer")(iter([request(f"s{i}", model="nothing" if i == 2 else endpoint) for i in range(5)]), timeout=SECONDS))
    holds("stream", [reply.infer_response.id for reply in stream] == ["s0", "s1", "s2", "s3", "s4"] and "nothing" in stream[2].error_message
          and all(reply.error_message == "" for i, reply in enumerate(stream) if i != 2), stream)

    refused("unknown model", lambda: infer(request("x", model="nothing"), timeout=SECONDS), grpc.StatusCode.NOT_FOUND, "nothing")
    short = request("x")
    short.raw_input_contents[0] = b"\x01"
    refused("bad tensor", lambda: infer(short, timeout=SECONDS), grpc.StatusCode.INVALID_ARGUMENT, metadata.inputs[0].name)
    wrong = request("x")
    wrong.parameters["priority"].string_param = "high"
    refused("bad parameter", lambda: infer(wrong, timeout=SECONDS), grpc.StatusCode.INVALID_ARGUMENT, "parameters.priority")
    refused("bad key", lambda: infer(request("x"), timeout=SECONDS, metadata=[("authorization", "Bearer nobody")]), grpc.StatusCode.UNAUTHENTICATED)
    print(f"decision {decision}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
