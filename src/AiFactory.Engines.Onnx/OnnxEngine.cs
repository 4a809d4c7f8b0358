using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>ONNX Runtime: one thread a model, no spinning; CUDA for GPU devices where the native package has it.</summary>
public sealed class OnnxEngine : IInferenceEngine
{
    internal const string CudaProvider = "CUDAExecutionProvider";

    private static readonly Device Cpu = new("cpu-0", DeviceKind.Cpu, "cpu-slot");

    public string Name => "onnxruntime";

    public IInferenceModel Load(string artifactPath) => Load(artifactPath, Cpu);

    public IInferenceModel Load(string artifactPath, Device device)
    {
        InferenceSession session;
        try
        {
            using var options = Options(device);
            session = new(artifactPath, options);
        }
        catch (OnnxRuntimeException cause)
        {
            throw new RefusedException(
                new("artifact-corrupt", RefusalKind.Unprocessable, $"ONNX Runtime cannot read the model: {cause.Message}", Path.GetFileName(artifactPath),
                    "Check the file with onnx.checker, and export it again with an opset that ONNX Runtime knows."), cause);
        }

        try
        {
            return new OnnxModel(session, new FileInfo(artifactPath).Length);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static SessionOptions Options(Device device)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        if (device.Kind == DeviceKind.Gpu && OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider))
        {
            options.AppendExecutionProvider_CUDA(Ordinal(device));
        }

        return options;
    }

    // gpu-3 is the fourth GPU of the machine. Of slices CUDA shows a process one only, as its first.
    private static int Ordinal(Device device) =>
        device.Slice is null && int.TryParse(device.Name.AsSpan(device.Name.LastIndexOf('-') + 1), out var ordinal) ? ordinal : 0;
}
