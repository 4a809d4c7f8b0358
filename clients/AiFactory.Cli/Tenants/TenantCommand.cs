using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;

namespace AiFactory.Cli.Tenants;

/// <summary><c>factory tenant key create</c>, <c>factory tenant limits show|set</c></summary>
internal static class TenantCommand
{
    public static Command Create() => new("tenant", "The caller's tenant")
    {
        new Command("key", "API keys of the tenant")
        {
            new Command("create", "Make a further API key; it is shown this once").Does(async run =>
                run.Show(new { ApiKey = await run.Client.Tenants.IssueApiKey(run.Cancellation) }, key => Facts.Panel("API key, shown this once", ("Key", key.ApiKey)))),
        },
        LimitsCommand.Create(),
    };
}
