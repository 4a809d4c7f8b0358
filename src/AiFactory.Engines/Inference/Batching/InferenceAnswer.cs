namespace AiFactory.Engines.Inference.Batching;

/// <summary>What one message gets back from its batch.</summary>
/// <param name="Bytes">Packed output rows, after as many free bytes as the caller asked for.</param>
/// <param name="BatchRows">Rows of the whole batch.</param>
/// <param name="DeviceNanoseconds">This message's share of the batch's device time; shares sum to the batch's exactly.</param>
/// <param name="Picodollars">This message's share of the batch's price; shares sum to the batch's exactly.</param>
/// <param name="QueueNanoseconds">Time from the message's arrival on the device to the start of its batch.</param>
public readonly record struct InferenceAnswer(byte[] Bytes, int BatchRows, long DeviceNanoseconds, long Picodollars, long QueueNanoseconds);
