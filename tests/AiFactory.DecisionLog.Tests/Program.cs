using AiFactory.DecisionLog.Tests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (Environment.GetEnvironmentVariable(AppendingProcess.FolderVariable) is { Length: > 0 } folder)
{
    AppendingProcess.Run(folder);
    return 0;
}

return args.Contains("--server") || args.Contains("--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
