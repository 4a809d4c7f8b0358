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
    public uint Salt { get; private set; } = NewSalt();

    /// <summary>Segments from here on have another salt than those before: they are not the same log's any more.</summary>
    public void ChangeSalt() => Salt = NewSalt();

    /// <summary>Removes a segment's file; who reads it at this moment reads on.</summary>
    public void Remove(Segment segment)
    {
        File.Delete(segment.Path);
        FolderSync.Flush(_folder);
    }

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

        // A damaged header's salt is that of the segments before it: they follow each other but where the log began anew.
        Salt = intact?.Salt ?? Salt;
        return found.ConvertAll(segment =>
        {
            var header = segment.Header is { } read && read.BaseAddress == segment.Base ? read : default(SegmentHeader?);
            if (header is null)
            {
                DecisionLogLog.HeaderDamaged(logger, segment.Path);
            }

            Salt = header?.Salt ?? Salt;
            return Open(segment.Path, segment.Base, header?.End ?? 0, header?.GapFrom ?? 0);
        });
    }

    /// <summary>Makes a segment whole before it gets its name, so that a half-made one is never taken for one.</summary>
    /// <param name="gapFrom">As of <see cref="Segment.GapFrom"/>.</param>
    /// <exception cref="IOException">No space left, or the disk failed; nothing remains.</exception>
    public Segment Create(long baseAddress, long capacity, long gapFrom = 0)
    {
        var path = Path.Combine(_folder, baseAddress.ToString("x14", CultureInfo.InvariantCulture) + Extension);
        var unfinished = path + UnfinishedExtension;
        try
        {
            using (var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                _preallocation.Allocate(file, capacity);
                Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
                new SegmentHeader(baseAddress, Salt, 0, gapFrom).Write(header);
                RandomAccess.Write(file, header, 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(unfinished, path);
            FolderSync.Flush(_folder);
            return Open(path, baseAddress, 0, gapFrom);
        }
        catch (IOException)
        {
            File.Delete(unfinished);
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private Segment Open(string path, long baseAddress, long end, long gapFrom)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var capacity = RandomAccess.GetLength(file);
        var plausible = end >= baseAddress + SegmentHeader.Bytes && end <= baseAddress + capacity && end % Frame.Alignment == 0;
        return new Segment(path, file, baseAddress, Salt, capacity, plausible ? end : 0, gapFrom);
    }

    private static SegmentHeader? ReadHeader(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
        var read = RandomAccess.Read(file, header, 0);
        return SegmentHeader.Parse(header[..read]);
    }

    private static uint NewSalt() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    private static long BaseOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address) ? address : -1;
}
