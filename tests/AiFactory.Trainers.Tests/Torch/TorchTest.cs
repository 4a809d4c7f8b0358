using AiFactory.Engines.Torch.Mlp;
using AiFactory.Engines.Torch.Native;
using static TorchSharp.torch;

namespace AiFactory.Trainers.Tests.Torch;

/// <summary>Tests that use libtorch run one after the other, so that each can be held to leaving no tensor behind.</summary>
[Collection("libtorch")]
public abstract class TorchTest : IDisposable
{
    private readonly long _tensorsBefore;

    protected TorchTest()
    {
        TorchRuntime.Start();
        _tensorsBefore = Tensor.TotalCount;
    }

    private protected MlpTrainer Trainer { get; } = new(TimeProvider.System);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Equal(_tensorsBefore, Tensor.TotalCount);
    }
}
