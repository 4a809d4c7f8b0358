using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>A minibatch, or any rows, as the network takes them.</summary>
/// <param name="Numeric">[B, F] standardised; null without numeric features.</param>
/// <param name="Categories">One [B] INT64 a categorical feature.</param>
internal sealed record MlpInputs(Tensor? Numeric, IReadOnlyList<Tensor> Categories);

/// <summary>
/// The network. All its weights lie in one flat vector and all its gradients in another, of which the layers' tensors are views: the vector of
/// gradients is what ranks sum, and what the optimizer steps on, without a copy.
/// </summary>
internal sealed class MlpNetwork : IDisposable
{
    private readonly MlpLayout _layout;
    private readonly List<Tensor> _parameters = [];

    public MlpNetwork(MlpLayout layout, ReadOnlySpan<float> weights)
    {
        _layout = layout;
        using var scope = NewDisposeScope();

        // Torch's own memory is aligned the same way at every run, which memory of a managed array is not; kernels choose by alignment.
        Weights = zeros(layout.Length).DetachFromDisposeScope();
        weights.CopyTo(MemoryMarshal.Cast<byte, float>(Weights.bytes));

        // One element more than there are weights: the loss travels with the gradients.
        Gradients = zeros(layout.Length + 1).DetachFromDisposeScope();
        foreach (var slot in layout.Slots)
        {
            var parameter = Weights.narrow(0, slot.Offset, slot.Length).view(slot.Shape).detach().requires_grad_();
            parameter.grad = Gradients.narrow(0, slot.Offset, slot.Length).view(slot.Shape);
            _parameters.Add(parameter.DetachFromDisposeScope());
        }
    }

    public Tensor Weights { get; }

    public Tensor Gradients { get; }

    /// <summary>Gradients and, last, the loss, to read and to write.</summary>
    public Span<float> GradientValues => MemoryMarshal.Cast<byte, float>(Gradients.bytes);

    /// <summary>Log-odds of the positive class, [B].</summary>
    /// <param name="masks">Scaled dropout masks of the two hidden layers; null leaves dropout out.</param>
    public Tensor Logits(MlpInputs inputs, (Tensor First, Tensor Second)? masks = null)
    {
        var parts = new List<Tensor>();
        if (inputs.Numeric is { } numeric)
        {
            parts.Add(numeric);
        }

        for (var i = 0; i < _layout.Embeddings; i++)
        {
            parts.Add(_parameters[i].index_select(0, inputs.Categories[i]));
        }

        var hidden = Linear(parts.Count == 1 ? parts[0] : cat(parts, 1), 0).relu();
        hidden = Linear(masks is { First: var first } ? hidden * first : hidden, 1).relu();
        return Linear(masks is { Second: var second } ? hidden * second : hidden, 2).squeeze(1);
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.grad = null;
            parameter.Dispose();
        }

        Gradients.Dispose();
        Weights.Dispose();
    }

    private Tensor Linear(Tensor input, int layer)
    {
        var at = _layout.Embeddings + (2 * layer);
        return nn.functional.linear(input, _parameters[at], _parameters[at + 1]);
    }
}
