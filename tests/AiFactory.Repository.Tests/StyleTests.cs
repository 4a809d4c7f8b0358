using System.Text.RegularExpressions;

namespace AiFactory.Repository;

/// <summary>Rules of the house that a compiler does not know. They only get tighter.</summary>
public sealed partial class StyleTests
{
    private const int LinesMax = 400;

    [Fact]
    public void SourceFiles_Length_AtMost400Lines() =>
        Assert.DoesNotContain(RepositoryRoot.Files(".cs"), file => RepositoryRoot.ReadLines(file).Length > LinesMax);

    [Fact]
    public void SourceFiles_Names_SaySomething() =>
        Assert.DoesNotContain(RepositoryRoot.Files(".cs"), file => EmptyName().IsMatch(Path.GetFileName(file)));

    [Fact]
    public void SourceFiles_Unfinished_None() =>
        Assert.Empty(Lines(RepositoryRoot.Files(".cs"), Unfinished()));

    [Fact]
    public void Tests_Sleeps_None() =>
        Assert.Empty(Lines(RepositoryRoot.Files(".cs", "tests"), Sleep()));

    [Fact]
    public void Domain_ClockAndRandomness_None() =>
        Assert.Empty(Lines(RepositoryRoot.Files(".cs", "src/AiFactory.Domain"), ClockOrRandomness()));

    [Fact]
    public void Sources_MachinePaths_None() =>
        Assert.Empty(Lines(RepositoryRoot.Files(".cs").Concat(RepositoryRoot.Files(".csproj")).Append("README.md").Append("NuGet.config"), MachinePath()));

    // This file spells the patterns out, so it is left out.
    private static IEnumerable<string> Lines(IEnumerable<string> files, Regex pattern) =>
        from file in files
        where !file.EndsWith(nameof(StyleTests) + ".cs", StringComparison.Ordinal)
        from line in RepositoryRoot.ReadLines(file).Select((text, index) => (text, number: index + 1))
        where pattern.IsMatch(line.text)
        select $"{file}:{line.number} {line.text.Trim()}";

    [GeneratedRegex(@"(Manager|Helpers?|Utils?|Impl|Common)\.cs$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|NotImplementedException)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(Utc)?Now\b|new Random\(|Random\.Shared|Guid\.NewGuid|Stopwatch|\bTask\b<|async ")]
    private static partial Regex ClockOrRandomness();

    [GeneratedRegex(@"/home/|/root/|/work/|[A-Z]:\\Users")]
    private static partial Regex MachinePath();
}
