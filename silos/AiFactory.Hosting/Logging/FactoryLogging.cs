using AiFactory.Hosting.Folder;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Logging;

internal static class FactoryLogging
{
    /// <summary>Logs to the console and to <c>silo.log</c>; of the frameworks only warnings, unless the configuration says otherwise.</summary>
    public static WebApplicationBuilder AddFactoryLogging(this WebApplicationBuilder builder, FactoryFolder folder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss ", true));
        builder.Services.AddSingleton<ILoggerProvider>(new FileLoggerProvider(folder.LogFile, TimeProvider.System));
        builder.Logging.AddFilter("Polly", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning);
        // At its first look it reports the time since the machine started as a hang.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        // Its lines are below warning anyway, and while it is on every request pays for an activity and a logging scope.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        return builder;
    }
}
