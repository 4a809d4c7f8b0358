using AiFactory.DecisionLog.Segments;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Tests;

/// <summary>A folder for one test, gone after it.</summary>
internal sealed class LogFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("decision-log-").FullName;

    public RecordingLogger Logger { get; } = new();

    public SegmentedDecisionLog Open(int segmentBytes = DecisionLogOptions.SegmentBytesMin, long bytesMax = 1L << 30, IPreallocation? preallocation = null) =>
        new(new DecisionLogOptions { Folder = Path, SegmentBytes = segmentBytes, BytesMax = bytesMax }, Logger, preallocation ?? new Preallocation());

    public string[] SegmentPaths() => [.. Directory.GetFiles(Path, "*.log").Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal sealed class RecordingLogger : ILogger
{
    private readonly List<(LogLevel Level, string Text)> _messages = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_messages)
        {
            _messages.Add((logLevel, formatter(state, exception)));
        }
    }
}
