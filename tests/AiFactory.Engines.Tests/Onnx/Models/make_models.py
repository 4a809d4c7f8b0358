"""Makes the small ONNX models beside it (Debian: apt install python3-onnx python3-numpy; then run with /usr/bin/python3)."""
import os
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper as nh

here = os.path.dirname(os.path.abspath(__file__))


def save(name, nodes, inputs, outputs, constants=(), check=True):
    graph = h.make_graph(
        nodes, name,
        [h.make_tensor_value_info(n, t, s) for n, t, s in inputs],
        [h.make_tensor_value_info(n, t, s) for n, t, s in outputs],
        [nh.from_array(v, n) for n, v in constants])
    model = h.make_model(graph, producer_name="aifactory-tests", ir_version=8,
                         opset_imports=[h.make_opsetid("", 15), h.make_opsetid("ai.onnx.ml", 2)])
    if check:
        onnx.checker.check_model(model)
    onnx.save(model, os.path.join(here, name + ".onnx"))


f32 = np.float32
# y = [x0 + 2 x1, x2 - x0 + 1]
w, b = np.array([[1, -1], [2, 0], [0, 1]], f32), np.array([0, 1], f32)
gemm = [h.make_node("Gemm", ["x", "w", "b"], ["y"])]
save("affine", gemm, [("x", T.FLOAT, ["N", 3])], [("y", T.FLOAT, ["N", 2])], [("w", w), ("b", b)])
save("fixed-batch", gemm, [("x", T.FLOAT, [1, 3])], [("y", T.FLOAT, [1, 2])], [("w", w), ("b", b)])
save("free-width", [h.make_node("Relu", ["x"], ["y"])], [("x", T.FLOAT, ["N", "M"])], [("y", T.FLOAT, ["N", "M"])])
save("no-batch-axis", [h.make_node("ReduceSum", ["x"], ["y"], keepdims=0)], [("x", T.FLOAT, ["N", 3])], [("y", T.FLOAT, [])])

save("echo",
     [h.make_node("Identity", ["text"], ["text_out"]), h.make_node("Identity", ["number"], ["number_out"])],
     [("text", T.STRING, ["N", 2]), ("number", T.FLOAT, ["N", 1])],
     [("text_out", T.STRING, ["N", 2]), ("number_out", T.FLOAT, ["N", 1])])

save("two-inputs",
     [h.make_node("Cast", ["count"], ["c"], to=T.FLOAT), h.make_node("Add", ["a", "c"], ["sum"]),
      h.make_node("Mul", ["count", "two"], ["double"])],
     [("a", T.FLOAT, ["N", 2]), ("count", T.INT64, ["N", 1])],
     [("sum", T.FLOAT, ["N", 2]), ("double", T.INT64, ["N", 1])],
     [("two", np.array([2], np.int64))])

# A string through a label encoder into an embedding; unknown strings take row 0.
save("city",
     [h.make_node("LabelEncoder", ["city"], ["i"], domain="ai.onnx.ml", keys_strings=["bern", "zürich"], values_int64s=[1, 2], default_int64=0),
      h.make_node("Gather", ["embeddings", "i"], ["e"]), h.make_node("Reshape", ["e", "shape"], ["y"])],
     [("city", T.STRING, ["N", 1])], [("y", T.FLOAT, ["N", 2])],
     [("embeddings", np.array([[0, 0], [1, 10], [2, 20]], f32)), ("shape", np.array([-1, 2], np.int64))])

types = [("bool", T.BOOL), ("uint8", T.UINT8), ("uint16", T.UINT16), ("uint32", T.UINT32), ("uint64", T.UINT64), ("int8", T.INT8),
         ("int16", T.INT16), ("int32", T.INT32), ("int64", T.INT64), ("fp16", T.FLOAT16), ("fp32", T.FLOAT), ("fp64", T.DOUBLE)]
save("every-type", [h.make_node("Identity", [n], [n + "_out"]) for n, _ in types],
     [(n, t, ["N", 2, 1]) for n, t in types], [(n + "_out", t, ["N", 2, 1]) for n, t in types])

save("half", [h.make_node("Add", ["x", "x"], ["y"])], [("x", T.FLOAT16, ["N"])], [("y", T.FLOAT16, ["N"])])

# Ragged rows: every row brings the length of its axis L. And the same without a batch axis, in text, and with a length that only the run knows.
i64 = np.int64
save("ragged", [h.make_node("Add", ["x", "x"], ["y"]), h.make_node("ReduceSum", ["x", "axis"], ["sum"], keepdims=1)],
     [("x", T.FLOAT, ["N", "L"])], [("y", T.FLOAT, ["N", "L"]), ("sum", T.FLOAT, ["N", 1])], [("axis", np.array([1], i64))])
save("ragged-echo",
     [h.make_node("Identity", ["text"], ["text_out"]), h.make_node("Identity", ["number"], ["number_out"])],
     [("text", T.STRING, ["N", "L"]), ("number", T.FLOAT, ["N", 2, "M"])],
     [("text_out", T.STRING, ["N", "L"]), ("number_out", T.FLOAT, ["N", 2, "M"])])
save("whole", [h.make_node("Mul", ["x", "scale"], ["y"])],
     [("x", T.FLOAT, [2, "M"]), ("scale", T.FLOAT, [])], [("y", T.FLOAT, [2, "M"])])
save("positions", [h.make_node("NonZero", ["x"], ["at"])], [("x", T.FLOAT, ["M"])], [("at", T.INT64, [1, "K"])])

# Memory: the total so far, once with a batch axis and once with state whose batch axis is not first and a scalar beside it.
add = [h.make_node("Add", ["x", "total"], ["total_out"]), h.make_node("Identity", ["total_out"], ["y"])]
save("total", add, [("x", T.FLOAT, ["N", 1]), ("total", T.FLOAT, ["N", 1])], [("y", T.FLOAT, ["N", 1]), ("total_out", T.FLOAT, ["N", 1])])
save("total-whole",
     [h.make_node("Mul", ["x", "rate"], ["scaled"]), h.make_node("Add", ["scaled", "total"], ["total_out"]),
      h.make_node("ReduceSum", ["total_out"], ["y"], keepdims=0)],
     [("x", T.FLOAT, ["N", 1]), ("total", T.FLOAT, [2, "N", 1]), ("rate", T.FLOAT, [])], [("y", T.FLOAT, []), ("total_out", T.FLOAT, ["A", "B", "C"])])

# As many steps as asked for, one after another: a run that can be made as long as one likes.
body = h.make_graph(
    [h.make_node("Identity", ["go"], ["go_out"]), h.make_node("Add", ["v", "one"], ["v_out"])], "body",
    [h.make_tensor_value_info("i", T.INT64, []), h.make_tensor_value_info("go", T.BOOL, []), h.make_tensor_value_info("v", T.FLOAT, [])],
    [h.make_tensor_value_info("go_out", T.BOOL, []), h.make_tensor_value_info("v_out", T.FLOAT, [])],
    [nh.from_array(np.array(1, f32), "one")])
save("steps", [h.make_node("Loop", ["steps", "", "zero"], ["y"], body=body)],
     [("steps", T.INT64, [])], [("y", T.FLOAT, [])], [("zero", np.array(0, f32))])

# A perceptron with inputs and numpy's own float64 answers checked in beside it.
rng = np.random.default_rng(7)
sizes = [64, 128, 64, 10]
layers = [(rng.normal(0, n ** -0.5, (n, m)).astype(f32), rng.normal(0, 0.1, m).astype(f32)) for n, m in zip(sizes, sizes[1:])]
nodes, constants, at = [], [], "x"
for k, (weights, bias) in enumerate(layers):
    last = k == len(layers) - 1
    constants += [(f"w{k}", weights), (f"b{k}", bias)]
    nodes.append(h.make_node("Gemm", [at, f"w{k}", f"b{k}"], ["y" if last else f"z{k}"]))
    if not last:
        nodes.append(h.make_node("Relu", [f"z{k}"], [f"a{k}"]))
    at = f"a{k}"
save("perceptron", nodes, [("x", T.FLOAT, ["N", 64])], [("y", T.FLOAT, ["N", 10])], constants)
x = rng.normal(0, 1, (300, 64)).astype(f32)
y = x.astype(np.float64)
for k, (weights, bias) in enumerate(layers):
    y = y @ weights + bias
    y = y if k == len(layers) - 1 else np.maximum(y, 0)
x.tofile(os.path.join(here, "perceptron-x.f32"))
y.astype(f32).tofile(os.path.join(here, "perceptron-y.f32"))
