using System.Text.Json;
using AiFactory.Domain.Serialization;
using AiFactory.Hosting.Options;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Hosting.Folder;

/// <summary>What <c>factory.json</c> says: this factory answers, and where.</summary>
/// <param name="Url">Where it takes HTTP requests.</param>
/// <param name="GrpcUrl">Where it takes gRPC calls.</param>
public sealed record ReadyFactory(int Pid, string Url, string GrpcUrl, string SiloName, DateTimeOffset StartedAt);

/// <summary>Writes <c>factory.json</c> once requests are answered, and removes it when the factory stops.</summary>
internal sealed class ReadyFile(FactoryFolder folder, FactoryOptions options, IServer server, TimeProvider time) : IHostedLifecycleService
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var urls = server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(Reachable).ToArray() ?? [];
        var ready = new ReadyFactory(Environment.ProcessId, urls.ElementAtOrDefault(0) ?? "", urls.ElementAtOrDefault(1) ?? "", options.SiloName, _startedAt);
        // Whoever waits for the file must never read half of it.
        var aside = folder.ReadyFile + ".tmp";
        File.WriteAllBytes(aside, JsonSerializer.SerializeToUtf8Bytes(ready, FactoryJson.Options));
        File.Move(aside, folder.ReadyFile, overwrite: true);
        return Task.CompletedTask;
    }

    // "All addresses" is one to listen on, not one to call.
    private static string Reachable(string url) =>
        url.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        File.Delete(folder.ReadyFile);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class ReadyFileServices
{
    public static IServiceCollection AddReadyFile(this IServiceCollection services) => services.AddHostedService<ReadyFile>();
}
