namespace AiFactory.Engines.Inference.Batching;

/// <param name="BatchRowsMax">Rows of a batch made of several messages; default 64. A larger message runs alone.</param>
/// <param name="QueueRowsMax">Rows waiting for the device, all models together; default 8192. Beyond it, callers are refused.</param>
public sealed record BatchingOptions(int BatchRowsMax = 64, int QueueRowsMax = 8192);
