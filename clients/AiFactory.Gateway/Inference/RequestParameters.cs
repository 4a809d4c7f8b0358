namespace AiFactory.Gateway.Inference;

/// <summary>The request parameters that mean something here; others are ignored, as the protocol wants.</summary>
internal enum RequestParameter
{
    Unknown,

    /// <summary>The unit of assignment: text or a number.</summary>
    Key,

    /// <summary>1 high, 2 normal, 3 low; 0 the endpoint's own.</summary>
    Priority,

    /// <summary>Microseconds from arrival; 0 the endpoint's own.</summary>
    Timeout,

    /// <summary>Text or a whole number; empty or 0 is none.</summary>
    SequenceId,

    SequenceStart,

    SequenceEnd,

    /// <summary>Whether outputs that do not say how come as binary data.</summary>
    BinaryOutput,
}

/// <summary>A parameter's value; null in all members is one of another kind.</summary>
internal readonly record struct ParameterValue(long? Whole, bool? Flag, string? Text);

internal static class RequestParameters
{
    public static RequestParameter Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("key"u8) => RequestParameter.Key,
        7 when name.SequenceEqual("timeout"u8) => RequestParameter.Timeout,
        8 when name.SequenceEqual("priority"u8) => RequestParameter.Priority,
        11 when name.SequenceEqual("sequence_id"u8) => RequestParameter.SequenceId,
        12 when name.SequenceEqual("sequence_end"u8) => RequestParameter.SequenceEnd,
        14 when name.SequenceEqual("sequence_start"u8) => RequestParameter.SequenceStart,
        18 when name.SequenceEqual("binary_data_output"u8) => RequestParameter.BinaryOutput,
        _ => RequestParameter.Unknown,
    };
}
