using AiFactory.Domain.Refusals;

namespace AiFactory.Projections.Storage;

internal static class ProjectionRefusals
{
    public static RefusedException Newer(string file, int version, int known) => new(
        new("projection-newer", RefusalKind.Fault, $"{Path.GetFileName(file)} has schema version {version}; this release knows {known}.", file,
            "Run the release that wrote it, or delete the file: it is built anew from the decision log."));

    public static RefusedException Unavailable(string what, Exception inner) => new(
        new("projection-unavailable", RefusalKind.Unavailable, $"The database behind it does not answer: {inner.Message}", what,
            "Check the disk's free space; reading the log goes on by itself."), inner);
}
