using Microsoft.Extensions.Options;

namespace AiFactory.Projections;

/// <summary>Where what is read out of the decision log is kept, and how it is read.</summary>
public sealed class ProjectionOptions
{
    /// <summary>Folder of <c>ledger.db</c> and <c>experiments.db</c>; made when missing.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Most records applied in one transaction. Default 8192.</summary>
    public int BatchRecordsMax { get; set; } = 8192;

    /// <summary>How long a reader that has caught up lets records gather before it goes on; whoever asks meanwhile is not kept waiting. Default 200 ms.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Pause before a reader tries again after the database refused. Default 1 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}

internal sealed class ProjectionOptionsValidator : IValidateOptions<ProjectionOptions>
{
    public ValidateOptionsResult Validate(string? name, ProjectionOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Folder))
        {
            failures.Add("ProjectionOptions.Folder is empty: name the folder for ledger.db and experiments.db.");
        }

        if (options.BatchRecordsMax is < 1 or > 1_000_000)
        {
            failures.Add($"ProjectionOptions.BatchRecordsMax is {options.BatchRecordsMax}: use 1 to 1000000.");
        }

        if (options.Linger < TimeSpan.Zero || options.RetryAfter <= TimeSpan.Zero)
        {
            failures.Add("ProjectionOptions.Linger must not be negative and RetryAfter must be more than zero.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
