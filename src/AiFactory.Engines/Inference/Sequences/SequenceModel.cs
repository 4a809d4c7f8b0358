using System.Buffers;
using System.Text;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Inference.Sequences;

/// <summary>
/// A model with memory: keeps the state of each sequence between its rows. Rows of different sequences run together where the graph allows it, rows of
/// one sequence one after another. A run that fails leaves every sequence as it was before.
/// </summary>
public sealed class SequenceModel : IInferenceModel
{
    private readonly IInferenceModel _graph;
    private readonly SequenceStore _store;
    private readonly StateTensor[] _states;
    private readonly int[] _inputState;
    private readonly int[] _outputState;
    private readonly Dictionary<string, SequenceMemory> _atWork = new(StringComparer.Ordinal);
    private readonly List<SequenceMemory> _wave = [];
    private readonly ArrayBufferWriter<byte> _inputs = new();
    private readonly ArrayBufferWriter<byte> _outputs = new();

    /// <param name="graph">The model as it stands in the file; this one owns it.</param>
    /// <exception cref="RefusedException"><c>sequence-invalid</c>: the graph has no such tensors.</exception>
    public SequenceModel(IInferenceModel graph, IReadOnlyList<SequenceState> states, SequenceOptions options, TimeProvider time)
    {
        Signature = SequenceRules.Declare(graph.Signature, states).OrThrow();
        (_graph, _store) = (graph, new(options, time));
        var (inputs, outputs) = (graph.Signature.Inputs, graph.Signature.Outputs);
        _states = [.. states.Select(state => new StateTensor(state, inputs.First(tensor => tensor.Name == state.Input), outputs.First(tensor => tensor.Name == state.Output)))];
        _inputState = [.. inputs.Select(tensor => Index(states, state => state.Input == tensor.Name))];
        _outputState = [.. outputs.Select(tensor => Index(states, state => state.Output == tensor.Name))];
    }

    /// <summary>As callers see it: without the state.</summary>
    public ModelSignature Signature { get; }

    public long MemoryBytes => _graph.MemoryBytes + _store.Bytes;

    /// <summary>Sequences kept at present; asked by the thread that runs the model.</summary>
    public int Sequences => _store.Count;

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
    {
        _store.Expire();
        BeginWave();
        _atWork.Clear();
        var done = 0;
        foreach (var segment in segments)
        {
            for (var left = segment.Span; !left.IsEmpty; done++)
            {
                left = left[Add(left, outputs)..];
            }
        }

        if (done != rows)
        {
            throw new InvalidDataException($"There are {done} rows, not {rows}.");
        }

        RunWave(outputs);
        Commit();
    }

    public void Terminate() => _graph.Terminate();

    public void Dispose() => _graph.Dispose();

    private static int Index(IReadOnlyList<SequenceState> states, Func<SequenceState, bool> match)
    {
        for (var i = 0; i < states.Count; i++)
        {
            if (match(states[i]))
            {
                return i;
            }
        }

        return -1;
    }

    // Puts a row into the present wave, after running that if the row's sequence is in it already.
    private int Add(ReadOnlySpan<byte> row, IBufferWriter<byte> outputs)
    {
        var prefix = SequencePrefix.Read(row);
        Span<char> chars = stackalloc char[SequencePrefix.IdBytesMax];
        var id = chars[..Encoding.UTF8.GetChars(prefix.Id, chars)];
        if (_atWork.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var memory) && _wave.Contains(memory))
        {
            RunWave(outputs);
        }

        memory ??= Enter(id, prefix.Start);
        if (prefix.Start)
        {
            Restart(memory);
        }
        else if (memory.Ended)
        {
            throw Unknown(memory.Id);
        }

        memory.Ended = prefix.End;
        _wave.Add(memory);
        var at = prefix.Length;
        for (var i = 0; i < _inputState.Length; i++)
        {
            if (_inputState[i] >= 0)
            {
                _inputs.Write(memory.Working[_inputState[i]]);
                continue;
            }

            var length = PackedRows.TensorLength(_graph.Signature.Inputs[i], row[at..]);
            _inputs.Write(row.Slice(at, length));
            at += length;
        }

        return at;
    }

    private SequenceMemory Enter(ReadOnlySpan<char> id, bool start)
    {
        var memory = _store.Find(id);
        if (memory is null)
        {
            memory = start ? new(id.ToString(), _states.Length) : throw Unknown(id.ToString());
        }
        else
        {
            for (var i = 0; i < _states.Length; i++)
            {
                Copy(memory.Kept[i], ref memory.Working[i]);
            }
        }

        memory.Ended = false;
        _atWork.Add(memory.Id, memory);
        return memory;
    }

    private void Restart(SequenceMemory memory)
    {
        for (var i = 0; i < _states.Length; i++)
        {
            Copy(_states[i].Start, ref memory.Working[i]);
        }
    }

    private static void Copy(ReadOnlySpan<byte> from, ref byte[] into)
    {
        if (into is null || into.Length != from.Length)
        {
            into = new byte[from.Length];
        }

        from.CopyTo(into);
    }

    private void RunWave(IBufferWriter<byte> outputs)
    {
        if (_wave.Count == 0)
        {
            return;
        }

        _graph.Run([_inputs.WrittenMemory], _wave.Count, _outputs);
        var left = _outputs.WrittenSpan;
        foreach (var memory in _wave)
        {
            for (var i = 0; i < _outputState.Length; i++)
            {
                var packed = left[..PackedRows.TensorLength(_graph.Signature.Outputs[i], left)];
                left = left[packed.Length..];
                if (_outputState[i] < 0)
                {
                    outputs.Write(packed);
                }
                else
                {
                    _states[_outputState[i]].Take(packed, ref memory.Working[_outputState[i]]);
                }
            }
        }

        if (!left.IsEmpty)
        {
            throw new InvalidDataException($"The graph wrote {left.Length} bytes more than {_wave.Count} rows.");
        }

        BeginWave();
    }

    private void BeginWave()
    {
        _wave.Clear();
        _inputs.ResetWrittenCount();
        _outputs.ResetWrittenCount();
    }

    private void Commit()
    {
        foreach (var memory in _atWork.Values)
        {
            if (memory.Ended)
            {
                _store.Forget(memory.Id);
                continue;
            }

            (memory.Kept, memory.Working) = (memory.Working, memory.Kept);
            _store.Keep(memory);
        }
    }

    private static RefusedException Unknown(string id) => new(new(
        "sequence-unknown", RefusalKind.Conflict, $"Nothing is remembered of sequence '{id}': it has not begun here, has ended, was idle too long, or its worker is gone.", id,
        "Begin again from the first request, under a new sequence_id and with sequence_start."));
}
