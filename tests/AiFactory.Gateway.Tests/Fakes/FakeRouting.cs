using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Endpoints;

namespace AiFactory.Gateway.Fakes;

/// <summary>A routing table that tests change and gateways watch.</summary>
internal sealed class FakeRouting : IRoutingTableGrain
{
    private readonly Lock _gate = new();
    private RoutingTable _table = new(0, []);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Publish(EndpointRoute route)
    {
        Change(routes => [.. routes.Where(other => other.Endpoint != route.Endpoint), route]);
        return Task.CompletedTask;
    }

    public Task Withdraw(string endpoint, long generation)
    {
        Change(routes => [.. routes.Where(other => other.Endpoint != endpoint)]);
        return Task.CompletedTask;
    }

    public async Task<RoutingTable> Watch(long knownVersion)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_table.Version != knownVersion)
                {
                    return _table;
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    private void Change(Func<IReadOnlyList<EndpointRoute>, IReadOnlyList<EndpointRoute>> change)
    {
        lock (_gate)
        {
            _table = new(_table.Version + 1, change(_table.Routes));
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
