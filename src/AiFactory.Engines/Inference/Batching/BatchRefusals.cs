using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>How a device says no.</summary>
internal static class BatchRefusals
{
    public static RefusedException Overloaded(string device, int queueRowsMax) => new(new Refusal(
        "worker-overloaded", RefusalKind.Throttled, $"{queueRowsMax} rows already wait for this device.", device,
        "Send again in a moment, deploy the model on more workers, or raise the queue's bound."));

    public static RefusedException DeadlineUnreachable(string model) => new(new Refusal(
        "deadline-unreachable", RefusalKind.Timeout, "The message could not be answered before its deadline, so it was not run.", model,
        "Give it more time, a higher priority, or deploy the model on more workers."));

    public static RefusedException Stopping(string device) => new(new Refusal(
        "worker-stopping", RefusalKind.Unavailable, "The worker is stopping.", device, "Send again; another worker will answer."));

    public static RefusedException Lapsed(string model) => new(new Refusal(
        "device-claim-lapsed", RefusalKind.Unavailable, "The worker's claim on its device has run out, so another may use it.", model, "Send again; another worker will answer."));

    public static RefusedException Unloaded(string model) => new(new Refusal(
        ModelExecutor.UnloadedCode, RefusalKind.Unavailable, "The model was just unloaded from this worker.", model, "Send again; it is loaded on demand."));

    public static RefusedException Malformed(string model, string what) => new(new Refusal(
        "rows-malformed", RefusalKind.Malformed, what, model, "Pack the rows by the model's input signature."));

    public static RefusedException Failed(string model, Exception cause) => new(
        new Refusal("inference-failed", RefusalKind.Fault, $"The engine failed on these rows: {cause.Message}", model,
            "Look at the values sent; rows of other callers were not affected."), cause);
}
