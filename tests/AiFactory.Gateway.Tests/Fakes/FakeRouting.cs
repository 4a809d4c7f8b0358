using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Endpoints;

namespace AiFactory.Gateway.Fakes;

/// <summary>A routing table that tests change and gateways watch. Takes whatever route it is given, older generations too.</summary>
internal sealed class FakeRouting : IRoutingTableGrain
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RouteEntry> _entries = [];
    private string _line = "first";
    private long _version;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers given, whole ones and others.</summary>
    public (int Whole, int Partial) Told { get; private set; }

    public Task Publish(EndpointRoute route)
    {
        Change(() => _entries[route.Endpoint] = new(route.Endpoint, 0, ++_version, route));
        return Task.CompletedTask;
    }

    public Task Withdraw(string endpoint, long generation)
    {
        Change(() => _entries[endpoint] = new(endpoint, 0, ++_version, null));
        return Task.CompletedTask;
    }

    /// <summary>Begins a new line, in which only this route is known.</summary>
    public void Replace(EndpointRoute route) => Change(() =>
    {
        (_line, _version) = (_line + "'", 1);
        _entries.Clear();
        _entries[route.Endpoint] = new(route.Endpoint, 0, 1, route);
    });

    public async Task<RouteChanges> Watch(long knownVersion, string? line = null)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_version != knownVersion || (line is not null && line != _line))
                {
                    var book = RouteBook.Of(_entries.Values);
                    var whole = line != _line;
                    Told = whole ? (Told.Whole + 1, Told.Partial) : (Told.Whole, Told.Partial + 1);
                    return whole ? book.Whole(_line) : book.Since(knownVersion, _line);
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
