using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>What this build's ONNX Runtime computes on.</summary>
public static class OnnxDevices
{
    /// <summary>Whether it was built for GPUs (OrtFlavor=Gpu) and its provider can be used.</summary>
    public static bool HaveGpu => OrtEnv.Instance().GetAvailableProviders().Contains(OnnxEngine.CudaProvider);
}
