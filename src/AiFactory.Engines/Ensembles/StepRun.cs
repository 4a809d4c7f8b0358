using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Ensembles;

/// <summary>A step with the tensors it works between.</summary>
internal abstract class StepRun
{
    /// <summary>How many rows it made of each of a request's rows; not used by a step that makes one of one.</summary>
    public required List<int> Counts { get; init; }

    public abstract void Run();

    /// <summary>Called from another thread: ends the run at work early, where that can be done.</summary>
    public virtual void Terminate()
    {
    }
}

/// <summary>A built-in step.</summary>
internal sealed class KernelRun(IStepKernel kernel, StepRows[] inputs, StepRows[] outputs) : StepRun
{
    public override void Run()
    {
        foreach (var output in outputs)
        {
            output.Clear();
        }

        kernel.Run(inputs, outputs, Counts);
    }
}

/// <summary>A model: rows are packed for it, and its own are unpacked again.</summary>
internal sealed class MemberRun(IInferenceModel model, StepRows[] inputs, StepRows[] outputs) : StepRun
{
    private readonly ModelSignature _signature = model.Signature;
    private readonly ArrayBufferWriter<byte> _packed = new();
    private readonly ArrayBufferWriter<byte> _answered = new();
    private readonly ReadOnlyMemory<byte>[] _segment = new ReadOnlyMemory<byte>[1];

    public override void Terminate() => model.Terminate();

    public override void Run()
    {
        foreach (var output in outputs)
        {
            output.Clear();
        }

        var rows = inputs[0].Count;
        if (rows == 0)
        {
            return;
        }

        _packed.ResetWrittenCount();
        _answered.ResetWrittenCount();
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                RowPacking.Write(_signature.Inputs[i], inputs[i], row, 1, many: false, _packed);
            }
        }

        _segment[0] = _packed.WrittenMemory;
        model.Run(_segment, rows, _answered);
        var left = _answered.WrittenSpan;
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < outputs.Length; i++)
            {
                left = left[RowPacking.Read(_signature.Outputs[i], left, outputs[i])..];
            }
        }
    }
}
