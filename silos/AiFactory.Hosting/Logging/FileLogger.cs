using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Logging;

/// <summary>Appends log lines to a file, which is put aside once it is too long; so two files hold the latest at any time.</summary>
internal sealed class FileLoggerProvider(string path, TimeProvider time) : ILoggerProvider
{
    private const long LengthMax = 32L << 20;
    private readonly Lock _writing = new();
    private StreamWriter _writer = Open(path);

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_writing)
            _writer.Dispose();
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {level} {category}: {message}");
        lock (_writing)
        {
            try
            {
                _writer.WriteLine(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
                if (_writer.BaseStream.Length > LengthMax)
                    PutAside();
            }
            catch (IOException)
            {
                // A full disk must not stop the factory for want of log lines; the console has them too.
            }
            catch (ObjectDisposedException)
            {
                // The last words of a host that stops.
            }
        }
    }

    private void PutAside()
    {
        _writer.Dispose();
        File.Move(path, path + ".1", overwrite: true);
        _writer = Open(path);
    }

    private static StreamWriter Open(string path) => new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    private sealed class FileLogger(FileLoggerProvider file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(logLevel, category, formatter(state, exception), exception);
    }
}
