using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>One epoch's rows gathered in order, so that a minibatch is a view.</summary>
internal sealed class EpochRows : IDisposable
{
    private MlpInputs? _inputs;
    private Tensor? _labels;

    public void Load(MlpData data, EpochPlan plan)
    {
        using var scope = NewDisposeScope();
        (_inputs, _labels) = data.Select(plan.Rows);
        _inputs.Numeric?.DetachFromDisposeScope();
        _labels.DetachFromDisposeScope();
        foreach (var column in _inputs.Categories)
        {
            column.DetachFromDisposeScope();
        }
    }

    /// <summary>Views that belong to the caller's dispose scope.</summary>
    public (MlpInputs Inputs, Tensor Labels) Slice(EpochPlan.Slice slice)
    {
        var inputs = new MlpInputs(
            _inputs!.Numeric?.narrow(0, slice.Start, slice.Count),
            [.. _inputs.Categories.Select(column => column.narrow(0, slice.Start, slice.Count))]);
        return (inputs, _labels!.narrow(0, slice.Start, slice.Count));
    }

    public void Dispose()
    {
        _labels?.Dispose();
        _inputs?.Numeric?.Dispose();
        foreach (var column in _inputs?.Categories ?? [])
        {
            column.Dispose();
        }
    }
}
