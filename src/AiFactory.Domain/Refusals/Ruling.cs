using System.Diagnostics.CodeAnalysis;

namespace AiFactory.Domain.Refusals;

/// <summary>What a rule decided: a value, or a refusal. Never both, never neither.</summary>
public readonly record struct Ruling<T>
{
    private Ruling(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    public T? Value { get; }

    public Refusal? Refusal { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Granted => Refusal is null;

    /// <summary>The value.</summary>
    /// <exception cref="RefusedException">The rule refused.</exception>
    public T OrThrow() => Granted ? Value : throw new RefusedException(Refusal);

    internal static Ruling<T> Of(T value) => new(value, null);

    public static implicit operator Ruling<T>(T value) => new(value, null);

    public static implicit operator Ruling<T>(Refusal refusal) => new(default, refusal);
}

public static class Ruling
{
    /// <summary>A ruling that grants; for interface types, which C# does not convert by itself.</summary>
    public static Ruling<T> Of<T>(T value) => Ruling<T>.Of(value);
}
