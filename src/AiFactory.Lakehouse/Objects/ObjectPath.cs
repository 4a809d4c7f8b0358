using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Objects;

/// <summary>
/// The rule for object paths: segments of visible characters separated by '/', none of them beginning with a dot. So a path is relative,
/// never leaves the store, and never meets the store's own <c>.scratch</c>.
/// </summary>
internal static class ObjectPath
{
    private const int LengthMax = 1024;
    private const int SegmentBytesMax = 255;

    /// <exception cref="RefusedException"><c>object-path-invalid</c>.</exception>
    public static string Check(string path)
    {
        if (path is { Length: > 0 and <= LengthMax } && path.Split('/').All(IsSegment)) return path;
        throw new RefusedException(new("object-path-invalid", RefusalKind.Malformed, $"'{path}' is not a path in the object store.", null,
            "Use a relative path of plain names separated by '/'."));
    }

    private static bool IsSegment(string segment) =>
        segment.Length > 0 && segment[0] != '.' && System.Text.Encoding.UTF8.GetByteCount(segment) <= SegmentBytesMax
        && segment.All(c => !char.IsControl(c) && c is not ('\\' or ':'));
}
