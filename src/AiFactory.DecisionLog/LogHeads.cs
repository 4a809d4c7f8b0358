using AiFactory.DecisionLog.Codec;
using AiFactory.DecisionLog.Segments;

namespace AiFactory.DecisionLog;

/// <summary>Records out of frames.</summary>
internal static class LogHeads
{
    // Not by Select: its short cuts look at a frame after its cursor has moved on.
    public static IEnumerable<LogHead> Of(IEnumerable<FrameCursor> frames)
    {
        foreach (var frame in frames)
        {
            yield return new LogHead(frame.Address, frame.Next, RecordCodec.DecodeHead(frame.Payload, out var decision), decision);
        }
    }

    public static IEnumerable<LogEntry> EntriesOf(IEnumerable<FrameCursor> frames)
    {
        foreach (var frame in frames)
        {
            yield return new LogEntry(frame.Address, frame.Next, RecordCodec.Decode(frame.Payload));
        }
    }
}
