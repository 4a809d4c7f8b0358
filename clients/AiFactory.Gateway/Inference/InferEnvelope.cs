using System.Text;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

/// <summary>One input tensor of a request, as found in the body.</summary>
/// <param name="ShapeStart">Where its dimensions begin in <see cref="InferEnvelope.Dimensions"/>.</param>
/// <param name="Data">Its elements as JSON; absent where they are raw.</param>
/// <param name="Raw">Whether its elements are bytes of the body: little-endian, BYTES elements with a 32-bit length in front.</param>
/// <param name="RawStart">Where those begin in the body.</param>
/// <param name="SinglesStart">Where its elements begin in <see cref="InferEnvelope.Singles"/>, if they were numbers that could be read at once.</param>
/// <param name="SinglesLength">Bytes that they take there; 0: they are to be read from <paramref name="Data"/>.</param>
internal readonly record struct TensorEntry(
    JsonToken Name, JsonToken DataType, int ShapeStart, int ShapeLength, JsonToken Data, bool Raw, int RawStart, int RawLength, int SinglesStart, int SinglesLength);

/// <summary>An output asked for.</summary>
/// <param name="Binary">Whether as binary data; null: as the request says for all.</param>
internal readonly record struct OutputEntry(JsonToken Name, bool? Binary);

/// <summary>
/// An inference request taken apart, whatever protocol it came by, before the model that serves it is known; names and elements stay where they
/// are in the body. Kept by its thread for the next request.
/// </summary>
internal sealed class InferEnvelope
{
    public const int RankMax = 16;

    private const int TensorsMax = 4096;
    private const int KeptBytesMax = 1 << 18;

    [ThreadStatic]
    private static InferEnvelope? _mine;

    private readonly List<ByteBuffer> _staging = [];

    public List<TensorEntry> Inputs { get; } = [];

    public List<long> Dimensions { get; } = [];

    /// <summary>Elements that came as flat arrays of numbers, in single precision: what most models take.</summary>
    public ByteBuffer Singles { get; private set; } = new();

    /// <summary>Outputs asked for; none asks for all.</summary>
    public List<OutputEntry> Outputs { get; } = [];

    /// <summary>Whether outputs come as binary data unless they say otherwise.</summary>
    public bool BinaryOutput { get; set; }

    public string? Id { get; set; }

    /// <summary>The unit of assignment: <c>parameters.key</c>.</summary>
    public string? Key { get; set; }

    public RequestTerms Terms { get; set; }

    /// <summary>This thread's own; valid until the thread reads its next request.</summary>
    public static InferEnvelope Mine => _mine ??= new();

    /// <summary>Forgets the last request.</summary>
    public void Clear()
    {
        (Id, Key, BinaryOutput, Terms) = (null, null, false, default);
        Inputs.Clear();
        Outputs.Clear();
        Dimensions.Clear();
        Singles.Clear();
        if (Singles.Capacity > KeptBytesMax)
        {
            Singles = new();
        }
    }

    /// <exception cref="RefusedException"><c>request-malformed</c>: there are more than any model takes.</exception>
    public void Add(in TensorEntry input)
    {
        if (Inputs.Count == TensorsMax)
        {
            throw Malformed($"There are more than {TensorsMax} inputs.", "inputs", "Send the model's inputs, each once.");
        }

        Inputs.Add(input);
    }

    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public void Add(in OutputEntry output)
    {
        if (!output.Name.Present)
        {
            throw Malformed("An output has no name.", "outputs", "Send outputs as [{name}].");
        }

        Outputs.Add(output);
    }

    /// <param name="start">Where the shape that this dimension belongs to begins.</param>
    /// <exception cref="RefusedException"><c>request-malformed</c>.</exception>
    public void AddDimension(long dimension, int start)
    {
        if (dimension is < 0 or > int.MaxValue || Dimensions.Count - start == RankMax)
        {
            throw BadShape();
        }

        Dimensions.Add(dimension);
    }

    /// <summary>What is left to check once all of the request is read.</summary>
    /// <exception cref="RefusedException"><c>request-malformed, parameter-invalid</c>.</exception>
    public void Check()
    {
        if (Inputs.Count == 0)
        {
            throw Malformed("The request has no inputs.", "inputs", "Send inputs as [{name, shape, datatype, data}].");
        }

        Terms.Check();
    }

    /// <summary>A buffer for a tensor's elements, kept for the next use.</summary>
    public ByteBuffer Staging(int tensor)
    {
        while (_staging.Count <= tensor)
        {
            _staging.Add(new());
        }

        _staging[tensor].Clear();
        return _staging[tensor];
    }

    public ReadOnlySpan<byte> Staged(int tensor) => _staging[tensor].Span;

    /// <summary>Lets go of buffers that one large request blew up.</summary>
    public void Trim() => _staging.RemoveAll(static buffer => buffer.Capacity > KeptBytesMax);

    public static string Text(JsonToken token, ReadOnlySpan<byte> body) => token.Escaped ? token.Describe(body) : Encoding.UTF8.GetString(token.Bytes(body));

    public static RefusedException Malformed(string what, string where, string mend) => new(new("request-malformed", RefusalKind.Malformed, what, where, mend));

    public static RefusedException BadShape() => Malformed($"A shape is at most {RankMax} whole numbers of 0 or more.", "shape", "Send e.g. [1,64].");
}
