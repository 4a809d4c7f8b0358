using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>An artefact ready for an engine.</summary>
/// <param name="GraphPath">A local ONNX file, with the files its tensors lie in beside it.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="BytesBeside">Of the files beside the graph.</param>
/// <param name="Warmup">The sample request that came with the model, as JSON; null: none.</param>
internal sealed record Artifact(string GraphPath, long Bytes, long BytesBeside, byte[]? Warmup);

/// <summary>Takes artefacts out of the object store, each file checked against the digest it is known by.</summary>
internal sealed class ArtifactShelf(IObjectStore objects)
{
    private const long ManifestBytesMax = 4 << 20;
    private const int ReadBytes = 256 * 1024;

    /// <param name="name">What refusals call it.</param>
    /// <exception cref="RefusedException"><c>artifact-missing</c>, <c>artifact-altered</c>, <c>artifact-corrupt</c>.</exception>
    public Artifact Take(string sha256, string name)
    {
        var (bytes, manifest) = Verify(sha256, name);
        if (manifest is null)
        {
            return new(objects.LocalPath(objects.ContentPath(sha256)), bytes, BytesBeside: 0, Warmup: null);
        }

        var bundle = ModelBundle.Check(manifest).OrThrow();
        foreach (var file in bundle.Files)
        {
            _ = Verify(file.Sha256, $"{name} ({file.Path})");
        }

        var folder = objects.LocalFolder(sha256, bundle.Files.ToDictionary(file => file.Path, file => objects.ContentPath(file.Sha256)));
        var beside = bundle.Files.Where(file => file.Path != bundle.Graph).Sum(file => file.Bytes);
        return new(Path.Combine(folder, bundle.Graph), bundle.Files.Sum(file => file.Bytes), beside, bundle.Warmup is { } warmup ? ReadWhole(warmup, name) : null);
    }

    /// <summary>Bytes that an artefact has, without a look at them.</summary>
    /// <exception cref="RefusedException"><c>artifact-missing</c>.</exception>
    public long SizeOf(string sha256, string name)
    {
        using var stream = Open(sha256, name);
        var bundle = IsManifest(stream) ? Parse(stream) : null;
        return bundle is null ? stream.Length : bundle.Files.Sum(file => file.Bytes);
    }

    private static bool IsManifest(Stream stream)
    {
        var first = stream.Length is > 0 and <= ManifestBytesMax ? stream.ReadByte() : -1;
        stream.Position = 0;
        return first == ModelBundle.FirstByte;
    }

    private static ModelBundle? Parse(Stream stream)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelBundle>(stream, FactoryJson.Options);
        }
        catch (JsonException)
        {
            // Not one of ours: whatever it is, an engine will say.
            return null;
        }
    }

    private (long Bytes, ModelBundle? Manifest) Verify(string sha256, string name)
    {
        using var stream = Open(sha256, name);
        var (digest, first) = Digest(stream);
        if (digest != sha256)
        {
            throw new RefusedException(new Refusal("artifact-altered", RefusalKind.Unprocessable, $"The artefact of {name} is not what was registered.",
                objects.ContentPath(sha256), "Restore the object store from its backup, or import the model again."));
        }

        if (first != ModelBundle.FirstByte || stream.Length > ManifestBytesMax)
        {
            return (stream.Length, null);
        }

        stream.Position = 0;
        return (stream.Length, Parse(stream));
    }

    // Reads of a whole buffer go past the stream's own one, which would be allocated among the large objects for every model loaded.
    private static (string Sha256, byte First) Digest(Stream stream)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            byte? first = null;
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                first ??= buffer[0];
                sha.AppendData(buffer, 0, read);
            }

            return (Convert.ToHexStringLower(sha.GetHashAndReset()), first ?? 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] ReadWhole(ArtifactFile file, string name)
    {
        _ = Verify(file.Sha256, $"{name} ({file.Path})");
        using var stream = Open(file.Sha256, name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private Stream Open(string sha256, string name)
    {
        var path = objects.ContentPath(sha256);
        return objects.Exists(path)
            ? objects.OpenRead(path)
            : throw new RefusedException(new Refusal("artifact-missing", RefusalKind.NotFound, $"The artefact of {name} is not in the object store.", path,
                "Restore the object store from its backup, or import the model again."));
    }
}
