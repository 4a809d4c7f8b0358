namespace AiFactory.Engines.Inference.Batching;

/// <summary>What tuning has come to for a model on a device.</summary>
/// <param name="BatchRowsMax">Rows of a batch of several messages.</param>
/// <param name="HoldMicroseconds">How long a batch that is not full is held back; 0: not at all.</param>
public readonly record struct BatchLimits(string Model, int BatchRowsMax, long HoldMicroseconds);
