using System.CommandLine;
using System.CommandLine.Invocation;
using AiFactory.Cli.Cluster;
using AiFactory.Cli.Datasets;
using AiFactory.Cli.Decisions;
using AiFactory.Cli.Demo;
using AiFactory.Cli.Endpoints;
using AiFactory.Cli.Finance;
using AiFactory.Cli.Local;
using AiFactory.Cli.Logs;
using AiFactory.Cli.Models;
using AiFactory.Cli.Rollouts;
using AiFactory.Cli.Tenants;
using AiFactory.Cli.Training;
using AiFactory.Cli.Workers;

namespace AiFactory.Cli.CommandLine;

/// <summary>The grammar of <c>factory</c>: noun verb.</summary>
internal static class FactoryCommandLine
{
    public static RootCommand Create() =>
        new("AiFactory: raw data in, priced and explained decisions out.")
        {
            UpCommand.Create(),
            DownCommand.Create(),
            StatusCommand.Create(),
            ClusterCommand.Create(),
            DemoCommand.Create(),
            DatasetCommand.Create(),
            TrainCommand.Create(),
            TrainingCommand.Create(),
            ModelCommand.Create(),
            EndpointCommand.Create(),
            RolloutCommand.Create(),
            DecideCommand.Create(),
            OutcomeCommand.Create(),
            ExperimentCommand.Create(),
            DecisionCommand.Create(),
            WorkerCommand.Create(),
            CostCommand.Create(),
            TenantCommand.Create(),
            LogCommand.Create(),
            DoctorCommand.Create(),
            GlobalOptions.Json,
            GlobalOptions.Url,
            GlobalOptions.Port,
            GlobalOptions.Data,
        };

    public static async Task<int> Run(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0 && UsageErrors.Of(parsed) is { } misused)
        {
            return Failure.Report(misused, CommandOutput.OfProcess(), parsed.GetValue(GlobalOptions.Json));
        }

        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        return parsed.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
    }

    /// <summary>Gives a command its action, with the product's way of failing around it.</summary>
    public static Command Does(this Command command, Func<CommandRun, Task<int>> action)
    {
        command.SetAction(async (arguments, cancellation) =>
        {
            using var run = new CommandRun(arguments, CommandOutput.OfProcess(), cancellation);
            try
            {
                return await action(run);
            }
            catch (Exception fault)
            {
                return Failure.Report(fault, run);
            }
        });
        return command;
    }
}
