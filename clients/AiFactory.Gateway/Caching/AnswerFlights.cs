using AiFactory.Domain.Endpoints;

namespace AiFactory.Gateway.Caching;

/// <summary>The inputs of one endpoint that are being computed, by hash: of those that come at the same time one is computed. Safe for use by several threads.</summary>
internal sealed class AnswerFlights(int flightsMax = 4096, int waitersMax = 8192)
{
    private readonly Dictionary<ulong, AnswerFlight> _flights = [];
    private readonly Lock _gate = new();
    private int _waiters;

    /// <summary>Inputs being computed.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _flights.Count;
            }
        }
    }

    /// <summary>Requests that wait for another's answer.</summary>
    public int Waiters => Volatile.Read(ref _waiters);

    /// <param name="leads">Whether the caller has it computed, and lands it; else it waits for it.</param>
    /// <returns>Null: neither; there are too many, or the one there is less urgent than the caller.</returns>
    public AnswerFlight? Join(ulong hash, RequestPriority priority, out bool leads)
    {
        leads = false;
        lock (_gate)
        {
            if (_flights.TryGetValue(hash, out var flight))
            {
                if (flight.Priority > priority || _waiters >= waitersMax)
                {
                    return null;
                }

                Interlocked.Increment(ref _waiters);
                return flight;
            }

            if (_flights.Count == flightsMax)
            {
                return null;
            }

            leads = true;
            flight = new(this, hash, priority);
            _flights.Add(hash, flight);
            return flight;
        }
    }

    internal void Remove(AnswerFlight flight)
    {
        lock (_gate)
        {
            if (_flights.GetValueOrDefault(flight.Hash) == flight)
            {
                _flights.Remove(flight.Hash);
            }
        }
    }

    internal void Leave() => Interlocked.Decrement(ref _waiters);
}
