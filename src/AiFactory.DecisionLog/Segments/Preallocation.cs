using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.DecisionLog.Segments;

/// <summary>Gets the blocks of a file before they are needed, so that what was taken always finds room.</summary>
internal interface IPreallocation
{
    /// <exception cref="IOException">No space left, or the disk failed.</exception>
    void Allocate(SafeFileHandle file, long bytes);
}

/// <summary><c>posix_fallocate</c> on Linux, zeros written elsewhere and where the file system cannot preallocate.</summary>
internal sealed partial class Preallocation : IPreallocation
{
    private const int Interrupted = 4;
    private const int NoSpace = 28;
    private const int NotSupported = 95;
    private const int InvalidArgument = 22;
    private const int ChunkBytes = 1024 * 1024;

    public void Allocate(SafeFileHandle file, long bytes)
    {
        if (!OperatingSystem.IsLinux() || !TryAllocate(file, bytes))
        {
            WriteZeros(file, bytes);
        }
    }

    internal static void WriteZeros(SafeFileHandle file, long bytes)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        chunk.AsSpan().Clear();
        for (long at = 0; at < bytes; at += ChunkBytes)
        {
            RandomAccess.Write(file, chunk.AsSpan(0, (int)Math.Min(ChunkBytes, bytes - at)), at);
        }

        ArrayPool<byte>.Shared.Return(chunk);
    }

    // posix_fallocate returns its error instead of setting errno.
    private static bool TryAllocate(SafeFileHandle file, long bytes)
    {
        int error;
        do
        {
            error = PosixFallocate(file, 0, bytes);
        }
        while (error == Interrupted);

        return error switch
        {
            0 => true,
            NotSupported or InvalidArgument => false,
            NoSpace => throw new IOException("No space left on device."),
            _ => throw new IOException($"posix_fallocate failed with error {error}: {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeFileHandle file, long offset, long length);
}
