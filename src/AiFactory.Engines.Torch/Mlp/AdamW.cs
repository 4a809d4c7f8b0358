using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019) on one flat vector, its state in reach of the checkpoint.</summary>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly Tensor _first;
    private readonly Tensor _second;

    public AdamW(int parameters)
    {
        using var scope = NewDisposeScope();
        _first = zeros(parameters).DetachFromDisposeScope();
        _second = zeros(parameters).DetachFromDisposeScope();
    }

    /// <summary>Steps made.</summary>
    public long Steps { get; set; }

    /// <summary>Running mean of the gradients, to read and to write.</summary>
    public Span<float> First => MemoryMarshal.Cast<byte, float>(_first.bytes);

    /// <summary>Running mean of their squares, to read and to write.</summary>
    public Span<float> Second => MemoryMarshal.Cast<byte, float>(_second.bytes);

    public void Step(Tensor weights, Tensor gradients, double learningRate, double weightDecay)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Steps++;
        var gradient = gradients.narrow(0, 0, weights.shape[0]);
        _first.mul_(Beta1).add_(gradient, 1 - Beta1);
        _second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        var deviation = _second.sqrt().div_(Math.Sqrt(1 - Math.Pow(Beta2, Steps))).add_(Epsilon);
        weights.mul_(1 - (learningRate * weightDecay));
        weights.addcdiv_(_first, deviation, -learningRate / (1 - Math.Pow(Beta1, Steps)));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
