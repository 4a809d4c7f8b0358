using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace AiFactory.Benchmarks.Serving;

/// <summary>What a stretch of load gave.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="LatenciesMs">Of the answers with a decision, in ms, ascending.</param>
/// <param name="Refused">Answers 429, 503 and 504.</param>
/// <param name="Failed">Other answers, and broken connections.</param>
/// <param name="Late">Requests not sent because their connection still waited for an answer.</param>
/// <param name="Wrong">Answers with other numbers than the model gives, of those looked at.</param>
internal sealed record OpenResult(double Seconds, double[] LatenciesMs, int Refused, int Failed, int Late, int Wrong)
{
    public double PerSecond => LatenciesMs.Length / Seconds;

    public double P50Ms => Quantile(0.5);

    public double P99Ms => Quantile(0.99);

    /// <summary>Answers a second that took no longer than the objective.</summary>
    public double GoodPerSecond(double objectiveMs) => LatenciesMs.Count(latency => latency <= objectiveMs) / Seconds;

    private double Quantile(double share) => LatenciesMs.Length == 0 ? double.NaN : LatenciesMs[(int)(share * (LatenciesMs.Length - 1))];
}

/// <summary>Sends requests at a rate, whatever becomes of those before; or, at no rate, as fast as each connection gets its answers.</summary>
internal sealed class OpenLoad(RawRequest request, double[] expected)
{
    private const int CheckedEvery = 50;
    private const double Tolerance = 1e-4;

    private readonly ConcurrentBag<double> _latencies = [];
    private int _refused;
    private int _failed;
    private int _late;
    private int _wrong;

    /// <param name="perSecond">Null: closed loop.</param>
    public static async Task<OpenResult> Run(RawRequest request, double[] expected, int connections, double? perSecond, double seconds, CancellationToken cancellation)
    {
        var load = new OpenLoad(request, expected);
        var watch = Stopwatch.StartNew();
        var interval = perSecond is { } rate ? connections / rate : 0;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() => load.Connection(watch, interval, interval * i / connections, seconds, cancellation), cancellation)));
        return new(Math.Max(seconds, watch.Elapsed.TotalSeconds), [.. load._latencies.Order()], load._refused, load._failed, load._late, load._wrong);
    }

    private async Task Connection(Stopwatch watch, double interval, double first, double seconds, CancellationToken cancellation)
    {
        using var socket = await request.Connect(cancellation);
        for (var due = first; watch.Elapsed.TotalSeconds < seconds; due += interval)
        {
            var ahead = due - watch.Elapsed.TotalSeconds;
            if (interval > 0 && ahead > 0)
            {
                await Pacing.Wait(TimeSpan.FromSeconds(ahead), cancellation);
            }
            else if (interval > 0 && -ahead > interval)
            {
                Interlocked.Increment(ref _late);
                continue;
            }

            var sent = Stopwatch.GetTimestamp();
            await request.Send(socket, cancellation);
            var (status, body) = await RawRequest.Receive(socket, cancellation);
            Count(status, body, Stopwatch.GetElapsedTime(sent));
            if (status == 0)
            {
                return;
            }
        }
    }

    private void Count(int status, string body, TimeSpan taken)
    {
        if (status == 200)
        {
            _latencies.Add(taken.TotalMilliseconds);
            if (_latencies.Count % CheckedEvery == 0 && !IsRight(body))
            {
                Interlocked.Increment(ref _wrong);
            }
        }
        else
        {
            Interlocked.Increment(ref status is 429 or 503 or 504 ? ref _refused : ref _failed);
        }
    }

    private bool IsRight(string body)
    {
        using var answer = JsonDocument.Parse(body);
        var values = answer.RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        return values.Length == expected.Length && values.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance);
    }
}
