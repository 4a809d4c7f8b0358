using System.Buffers;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Ensembles;

/// <summary>An ensemble in memory: runs its steps one after the other for a whole batch, so that a device sees it as one model.</summary>
public sealed class EnsembleModel : IInferenceModel
{
    private readonly EnsemblePlan _plan;
    private readonly Dictionary<string, StepRows> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _counts = new(StringComparer.Ordinal);
    private readonly StepRun[] _steps;
    private readonly IInferenceModel[] _members;
    private readonly List<int> _noCounts = [];
    private readonly Lock _gate = new();
    private StepRun? _atWork;
    private bool _terminated;
    private bool _disposed;

    /// <param name="members">The model of each step that is one, by the step's name; owned, and disposed with this. Steps may share one.</param>
    public EnsembleModel(EnsemblePlan plan, IReadOnlyDictionary<string, IInferenceModel> members)
    {
        _plan = plan;
        foreach (var tensor in plan.Inputs.Concat(plan.Steps.SelectMany(step => step.Outputs).OfType<EnsembleTensor>()))
        {
            _tensors[tensor.Name] = new(tensor.Row);
        }

        _steps = [.. plan.Steps.Select(step => Prepare(step, members))];
        _members = [.. members.Values.Distinct()];
    }

    public ModelSignature Signature => _plan.Signature;

    public long MemoryBytes => _members.Sum(member => member.MemoryBytes);

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (var tensor in _tensors.Values)
        {
            tensor.Clear();
        }

        Read(segments, rows);
        try
        {
            foreach (var step in _steps)
            {
                Begin(step);
                step.Counts.Clear();
                step.Run();
            }
        }
        finally
        {
            Begin(null);
        }

        Write(rows, outputs);
    }

    /// <summary>Ends the model at work; a built-in step runs to its end, and no other follows.</summary>
    public void Terminate()
    {
        lock (_gate)
        {
            _terminated = _atWork is not null;
            _atWork?.Terminate();
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var member in _members)
        {
            member.Dispose();
        }
    }

    private void Begin(StepRun? step)
    {
        lock (_gate)
        {
            var terminated = _terminated;
            (_atWork, _terminated) = (step, false);
            if (terminated && step is not null)
            {
                throw new OperationCanceledException("The ensemble was terminated between two steps.");
            }
        }
    }

    private StepRun Prepare(PlannedStep step, IReadOnlyDictionary<string, IInferenceModel> members)
    {
        var inputs = step.Inputs.Select(tensor => _tensors[tensor.Name]).ToArray();
        var outputs = step.Outputs.Select((tensor, i) => tensor is null ? new StepRows(step.OutputSpecs[i]) : _tensors[tensor.Name]).ToArray();
        if (step.BuiltIn is not { } builtIn)
        {
            return new MemberRun(members[step.Step.Name], inputs, outputs) { Counts = _noCounts };
        }

        var counts = builtIn.FansOut ? _counts[step.Step.Name] = [] : _noCounts;
        return new KernelRun(StepKernels.Of(builtIn), inputs, outputs) { Counts = counts };
    }

    private void Read(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows)
    {
        var inputs = _plan.Inputs;
        var read = 0;
        foreach (var segment in segments)
        {
            for (var left = segment.Span; !left.IsEmpty; read++)
            {
                foreach (var input in inputs)
                {
                    left = left[RowPacking.Read(input.Row, left, _tensors[input.Name])..];
                }
            }
        }

        if (read != rows)
        {
            throw new InvalidDataException($"There are {read} rows, not {rows}.");
        }
    }

    private void Write(int rows, IBufferWriter<byte> outputs)
    {
        Span<int> next = stackalloc int[_plan.Outputs.Count];
        next.Clear();
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < _plan.Outputs.Count; i++)
            {
                var output = _plan.Outputs[i];
                var count = output.Fan is null ? 1 : _counts[output.Fan][row];
                RowPacking.Write(_plan.Signature.Outputs[i], _tensors[output.Name], next[i], count, output.Fan is not null, outputs);
                next[i] += count;
            }
        }
    }
}
