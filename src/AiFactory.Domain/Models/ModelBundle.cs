using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Models;

/// <summary>One file of a model's artefact.</summary>
/// <param name="Path">Relative to the graph's folder, segments separated by '/'.</param>
/// <param name="Sha256">Lower-case hex digest; also its content address.</param>
public sealed record ArtifactFile(string Path, string Sha256, long Bytes);

/// <summary>
/// The manifest of an artefact that is more than one ONNX file: a graph with the files its tensors lie in, or with a sample to warm up on. Kept in the
/// object store as JSON under its own digest, which is the artefact's; each file lies under its own.
/// </summary>
/// <param name="Format">Always <see cref="CurrentFormat"/>.</param>
/// <param name="Graph">The ONNX file among <paramref name="Files"/>.</param>
/// <param name="Warmup">A sample request in the Open Inference Protocol's JSON; null: warm-up runs on zeros.</param>
public sealed record ModelBundle(string Format, string Graph, IReadOnlyList<ArtifactFile> Files, ArtifactFile? Warmup = null)
{
    public const string CurrentFormat = "aifactory-model-bundle/1";
    private const int PathLengthMax = 512;

    /// <summary>First byte of a manifest; no ONNX file begins with it, for it would be a protobuf group of a field that models do not have.</summary>
    public const byte FirstByte = (byte)'{';

    /// <summary>Whether a path may name a file beside a graph: relative, without dot segments, so that it never leaves the model's folder.</summary>
    public static bool IsPath(string path) =>
        path is { Length: > 0 and <= PathLengthMax } && path.Split('/').All(segment =>
            segment.Length > 0 && segment[0] != '.' && segment.All(c => !char.IsControl(c) && c is not ('\\' or ':')));

    /// <summary>The manifest, when it is whole: a known format, sound paths that are told apart, and the graph among them.</summary>
    public static Ruling<ModelBundle> Check(ModelBundle? bundle) =>
        bundle is { Format: CurrentFormat, Files.Count: > 0 }
        && bundle.Files.All(file => IsPath(file.Path))
        && bundle.Files.DistinctBy(file => file.Path, StringComparer.OrdinalIgnoreCase).Count() == bundle.Files.Count
        && bundle.Files.Any(file => file.Path == bundle.Graph)
            ? bundle
            : new Refusal("artifact-corrupt", RefusalKind.Unprocessable, "The artefact's manifest is not one that this factory wrote.", bundle?.Graph,
                "Restore the object store from its backup, or import the model again.");
}
