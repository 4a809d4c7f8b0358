using System.Globalization;
using System.Security.Cryptography;
using AiFactory.Storage;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Segments;

/// <summary>The segments on the disk: finds them, makes new ones, and holds the folder's lock.</summary>
internal sealed class SegmentFolder : IDisposable
{
    private const string Extension = ".log";
    private const string UnfinishedExtension = ".new";

    private readonly string _folder;
    private readonly IPreallocation _preallocation;
    private readonly FileStream _lock;

    /// <exception cref="Domain.Refusals.RefusedException"><c>log-in-use</c>.</exception>
    public SegmentFolder(string folder, IPreallocation preallocation)
    {
        (_folder, _preallocation) = (folder, preallocation);
        Directory.CreateDirectory(folder);
        try
        {
            _lock = new FileStream(Path.Combine(folder, "log.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw LogRefusals.InUse(folder, problem);
        }
    }

    /// <summary>Number that all frames of this log are checked with; unknown to those who send requests.</summary>
    public uint Salt { get; private set; } = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    /// <summary>All segments, oldest first.</summary>
    /// <param name="logger">Told of segments whose header is damaged.</param>
    public List<Segment> OpenAll(ILogger logger)
    {
        foreach (var unfinished in Directory.EnumerateFiles(_folder, "*" + UnfinishedExtension))
        {
            File.Delete(unfinished);
        }

        var found = Directory.EnumerateFiles(_folder, "*" + Extension)
            .Select(path => (Path: path, Base: BaseOf(path)))
            .Where(segment => segment.Base >= 0)
            .OrderBy(segment => segment.Base)
            .Select(segment => (segment.Path, segment.Base, Header: ReadHeader(segment.Path)))
            .ToList();
        var intact = found.FirstOrDefault(segment => segment.Header is { } header && header.BaseAddress == segment.Base).Header;
        if (found.Count > 0 && intact is null)
        {
            throw LogRefusals.Unreadable(found[0].Path);
        }

        Salt = intact?.Salt ?? Salt;
        return found.ConvertAll(segment =>
        {
            var header = segment.Header is { } read && read.BaseAddress == segment.Base ? read : default(SegmentHeader?);
            if (header is null)
            {
                DecisionLogLog.HeaderDamaged(logger, segment.Path);
            }

            return Open(segment.Path, segment.Base, header?.End ?? 0);
        });
    }

    /// <summary>Makes a segment whole before it gets its name, so that a half-made one is never taken for one.</summary>
    /// <exception cref="IOException">No space left, or the disk failed; nothing remains.</exception>
    public Segment Create(long baseAddress, long capacity)
    {
        var path = Path.Combine(_folder, baseAddress.ToString("x14", CultureInfo.InvariantCulture) + Extension);
        var unfinished = path + UnfinishedExtension;
        try
        {
            using (var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                _preallocation.Allocate(file, capacity);
                Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
                new SegmentHeader(baseAddress, Salt, 0).Write(header);
                RandomAccess.Write(file, header, 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(unfinished, path);
            FolderSync.Flush(_folder);
            return Open(path, baseAddress, 0);
        }
        catch (IOException)
        {
            File.Delete(unfinished);
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private Segment Open(string path, long baseAddress, long end)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var capacity = RandomAccess.GetLength(file);
        var plausible = end >= baseAddress + SegmentHeader.Bytes && end <= baseAddress + capacity && end % Frame.Alignment == 0;
        return new Segment(path, file, baseAddress, Salt, capacity, plausible ? end : 0);
    }

    private static SegmentHeader? ReadHeader(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
        var read = RandomAccess.Read(file, header, 0);
        return SegmentHeader.Parse(header[..read]);
    }

    private static long BaseOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address) ? address : -1;
}
