using AiFactory.Domain.Tenants;
using AiFactory.Grains.Tenants;
using AiFactory.Hosting.Cluster;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Tenants;

/// <summary>
/// Where requests need an API key and the default tenant has none, makes one and leaves it in the factory's folder: further keys are asked for with it.
/// </summary>
/// <param name="seat">Null in a factory of one process.</param>
internal sealed partial class FirstApiKey(FactoryFolder folder, IGrainFactory grains, ILogger<FirstApiKey> logger, SiloSeat? seat = null) : IHostedLifecycleService
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // There from before the key is made until it is in its place: whoever finds it knows that a key was lost half-way, and makes another.
    private string Unfinished => folder.ApiKeyFile + ".new";

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        // Of several gateways that start at once, one makes the key.
        await using var alone = seat is null ? null : await seat.Alone("first-api-key", cancellationToken);
        var tenant = grains.GetGrain<ITenantGrain>(Tenant.Default);
        if ((await tenant.Get()).ApiKeyHashes.Count > 0 && !File.Exists(Unfinished))
            return;
        await using (var file = Create(Unfinished))
        await using (var text = new StreamWriter(file))
        {
            await text.WriteLineAsync(await tenant.CreateApiKey());
            await text.FlushAsync(cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(Unfinished, folder.ApiKeyFile, overwrite: true);
        LogWritten(folder.ApiKeyFile);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static FileStream Create(string path)
    {
        // A file that is there already keeps its mode, whatever it is.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    [LoggerMessage(LogLevel.Information, "Requests need an API key, and there was none: the first one is in {Path}")]
    private partial void LogWritten(string path);
}

internal static class FirstApiKeyServices
{
    /// <summary>Nothing where requests need no key.</summary>
    public static IServiceCollection AddFirstApiKey(this IServiceCollection services, FactoryOptions options) =>
        options.ApiKeyRequired ? services.AddHostedService<FirstApiKey>() : services;
}
