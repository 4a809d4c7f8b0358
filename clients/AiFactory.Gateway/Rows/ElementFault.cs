using AiFactory.Domain.Models;

namespace AiFactory.Gateway.Rows;

/// <summary>Why a JSON value cannot be an element of a tensor.</summary>
internal enum ElementFault
{
    None,
    WrongKind,
    OutOfRange,
    Fractional,
    NullNotAllowed,
    NotAFiniteNumber,
    InvalidText,
}

internal static class ElementFaults
{
    /// <summary>What the type takes, e.g. <c>a number</c>.</summary>
    public static string Expected(TensorDataType type) => type switch
    {
        TensorDataType.Bool => "true or false",
        TensorDataType.Bytes => "a string",
        TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64 => "a number",
        _ => "a whole number",
    };

    public static string What(ElementFault fault, TensorDataType type, string got) => fault switch
    {
        ElementFault.OutOfRange => $"takes {Name(type)}, and {got} is out of its range",
        ElementFault.Fractional => $"takes a whole number, and got {got}",
        ElementFault.NullNotAllowed => $"takes {Expected(type)} and cannot be missing, and got null",
        ElementFault.NotAFiniteNumber => $"takes a finite number, and got {got}",
        ElementFault.InvalidText => "is not valid UTF-8 text",
        _ => $"takes {Expected(type)}, and got {got}",
    };

    public static string Mend(ElementFault fault, TensorDataType type) => fault switch
    {
        ElementFault.NotAFiniteNumber => "Send a JSON number, or null where the value is missing.",
        ElementFault.InvalidText => "Send the text as UTF-8, with surrogate pairs complete.",
        ElementFault.OutOfRange => $"Send a value that fits {Name(type)}.",
        _ => type is TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64 or TensorDataType.Bytes
            ? $"Send {Expected(type)}, or null where the value is missing."
            : $"Send {Expected(type)}.",
    };

    /// <summary>The type's name in the Open Inference Protocol.</summary>
    public static string Name(TensorDataType type) => type switch
    {
        TensorDataType.Bool => "BOOL",
        TensorDataType.UInt8 => "UINT8",
        TensorDataType.UInt16 => "UINT16",
        TensorDataType.UInt32 => "UINT32",
        TensorDataType.UInt64 => "UINT64",
        TensorDataType.Int8 => "INT8",
        TensorDataType.Int16 => "INT16",
        TensorDataType.Int32 => "INT32",
        TensorDataType.Int64 => "INT64",
        TensorDataType.Fp16 => "FP16",
        TensorDataType.Fp32 => "FP32",
        TensorDataType.Fp64 => "FP64",
        TensorDataType.Bytes => "BYTES",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown tensor type."),
    };
}
