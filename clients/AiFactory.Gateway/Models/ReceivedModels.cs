using System.Globalization;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;

namespace AiFactory.Gateway.Models;

/// <summary>An artefact in the object store that an import brought.</summary>
/// <param name="Source">Path of its graph as it came.</param>
/// <param name="Files">Of a bundle; null: one ONNX file.</param>
internal sealed record ReceivedArtifact(string Source, string Sha256, long Bytes, IReadOnlyList<ArtifactFile>? Files);

/// <summary>
/// Files of one import, on their way into the object store: a model in one folder, or a repository with a folder for each version (<c>1/</c>, <c>2/</c>).
/// Of the files beside a graph only those are kept that it names.
/// </summary>
internal sealed class ReceivedModels(ImportedContent content)
{
    private const int FilesMax = 4096;
    private const string GraphSuffix = ".onnx";

    private readonly SortedDictionary<int, Folder> _versions = [];
    private int _files;

    /// <summary>The sample request to warm all versions up on.</summary>
    public ArtifactFile? Warmup { get; set; }

    /// <summary>Whether a file is of use, as far as that is known so far: graphs come first, or everything is kept.</summary>
    /// <exception cref="RefusedException"><c>path-invalid</c>, <c>files-too-many</c>.</exception>
    public bool Wants(string path)
    {
        if (!ModelBundle.IsPath(path))
        {
            throw new RefusedException(new("path-invalid", RefusalKind.Malformed, $"'{path}' is no path of a file within a model's folder.", path,
                "Name files relative to the model's folder, segments separated by '/', none beginning with a dot."));
        }

        if (++_files > FilesMax)
        {
            throw new RefusedException(new("files-too-many", RefusalKind.TooLarge, $"There are more than {FilesMax} files.", path, "Import the model's own files only."));
        }

        var (version, name) = Place(path);
        return IsGraph(name) || !_versions.TryGetValue(version, out var folder) || folder.Graphs.Count == 0 || folder.Needs(name);
    }

    public async Task Add(string path, Stream bytes, CancellationToken cancellation)
    {
        var (version, name) = Place(path);
        if (!_versions.TryGetValue(version, out var folder))
        {
            _versions[version] = folder = new Folder();
        }

        var kept = await content.Put(bytes, cancellation);
        folder.Files[name] = new ArtifactFile(name, kept.Sha256, kept.SizeBytes);
        if (IsGraph(name))
        {
            await using var stored = content.OpenRead(kept.Sha256);
            folder.Graphs[name] = OnnxOutline.ExternalFiles(stored, path);
        }
    }

    /// <summary>The artefacts, in the order of their versions.</summary>
    /// <exception cref="RefusedException"><c>model-missing</c>, <c>model-ambiguous</c>, <c>external-file-missing</c>, <c>external-path-invalid</c>.</exception>
    public async Task<IReadOnlyList<ReceivedArtifact>> Finish(CancellationToken cancellation)
    {
        if (_versions.Count == 0)
        {
            throw new RefusedException(new("model-missing", RefusalKind.Malformed, "There is no file to import.", null, "Send at least one ONNX file."));
        }

        if (_versions.Count > 1 && _versions.TryGetValue(0, out var beside))
        {
            throw new RefusedException(new("model-ambiguous", RefusalKind.Unprocessable, "Some files lie in folders of versions (1/, 2/), others beside them.",
                beside.Files.Keys.First(), "Give each version a folder of its own, or import one model's folder."));
        }

        var artifacts = new List<ReceivedArtifact>();
        foreach (var (version, folder) in _versions)
        {
            artifacts.Add(await Finish(version == 0 ? "" : version.ToString(CultureInfo.InvariantCulture) + "/", folder, cancellation));
        }

        return artifacts;
    }

    private static bool IsGraph(string name) => name.EndsWith(GraphSuffix, StringComparison.OrdinalIgnoreCase);

    private static (int Version, string Name) Place(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && int.TryParse(path.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? (version, path[(slash + 1)..])
            : (0, path);
    }

    private async Task<ReceivedArtifact> Finish(string prefix, Folder folder, CancellationToken cancellation)
    {
        var graph = folder.Graph(prefix);
        var files = new List<ArtifactFile> { folder.Files[graph] };
        files.AddRange(folder.Graphs[graph].Select(location => folder.External(prefix, graph, location)));
        var source = prefix + graph;
        if (files.Count == 1 && Warmup is null)
        {
            return new(source, files[0].Sha256, files[0].Bytes, Files: null);
        }

        var manifest = JsonSerializer.SerializeToUtf8Bytes(new ModelBundle(ModelBundle.CurrentFormat, graph, files, Warmup), FactoryJson.Options);
        using var bytes = new MemoryStream(manifest);
        var kept = await content.Put(bytes, cancellation);
        return new(source, kept.Sha256, files.Sum(file => file.Bytes), files);
    }

    private sealed class Folder
    {
        public SortedDictionary<string, ArtifactFile> Files { get; } = new(StringComparer.Ordinal);

        /// <summary>External files that each ONNX file names.</summary>
        public SortedDictionary<string, IReadOnlyList<string>> Graphs { get; } = new(StringComparer.Ordinal);

        public bool Needs(string name) => Graphs.Any(graph => graph.Value.Any(location => Beside(graph.Key, location) == name));

        public string Graph(string prefix)
        {
            var named = Graphs.Keys.Where(name => Path.GetFileName(name) == "model.onnx").ToArray();
            return (named.Length, Graphs.Count) switch
            {
                (1, _) => named[0],
                (_, 1) => Graphs.Keys.First(),
                (_, 0) => throw new RefusedException(new("model-missing", RefusalKind.Unprocessable, $"There is no .onnx file{(prefix.Length > 0 ? $" in {prefix}" : "")}.",
                    prefix + Files.Keys.First(), "Import a folder with one model in it.")),
                _ => throw new RefusedException(new("model-ambiguous", RefusalKind.Unprocessable, $"There are several .onnx files: {string.Join(", ", Graphs.Keys)}.",
                    prefix.Length > 0 ? prefix : null, "Call the one to serve model.onnx, or import it alone.")),
            };
        }

        public ArtifactFile External(string prefix, string graph, string location)
        {
            if (!ModelBundle.IsPath(location))
            {
                throw new RefusedException(new("external-path-invalid", RefusalKind.Unprocessable, $"The graph's tensors lie in '{location}', outside of its folder.", prefix + graph,
                    "Export the model with its external data beside it."));
            }

            return Files.TryGetValue(Beside(graph, location), out var file)
                ? file
                : throw new RefusedException(new("external-file-missing", RefusalKind.Unprocessable, $"The graph's tensors lie in '{location}', which is not among the files.",
                    prefix + graph, "Import the folder that holds the model together with its data files."));
        }

        private static string Beside(string graph, string location) => graph[..(graph.LastIndexOf('/') + 1)] + location;
    }
}
