using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>A way to run packed rows through a session.</summary>
internal interface IRowRunner : IDisposable
{
    /// <summary>Bytes of the buffers held at present.</summary>
    long BufferBytes { get; }

    /// <exception cref="InvalidDataException">The bytes are not so many rows.</exception>
    void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs, RunOptions options);
}
