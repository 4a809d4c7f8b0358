namespace AiFactory.Engines.Inference.Batching;

/// <param name="BatchRowsMax">Rows of a batch made of several messages, until a better limit for a model is measured; default 64. A larger message runs alone.</param>
/// <param name="QueueRowsMax">Rows waiting for the device, all models together; default 8192. Beyond it, callers are refused.</param>
/// <param name="AgingMs">
/// Time in ms after which a waiting message counts as one class higher, above 0; default 500. No message waits more than twice this for messages that came
/// after it.
/// </param>
/// <param name="TunedRowsMax">Rows of the largest batch that tuning may try, at least 1; default 256.</param>
/// <param name="HoldMicrosecondsMax">Longest time that tuning may hold a batch back for more rows, in microseconds; default 200. 0: never.</param>
public sealed record BatchingOptions(
    int BatchRowsMax = 64, int QueueRowsMax = 8192, double AgingMs = 500, int TunedRowsMax = 256, int HoldMicrosecondsMax = 200);
