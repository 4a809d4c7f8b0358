using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Rollouts;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint-traffic")]
internal sealed class EndpointTrafficGrain(TimeProvider time) : Grain, IEndpointTrafficGrain
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CalmLook = TimeSpan.FromSeconds(5);

    private readonly TrafficWindow _window = new(Kept);
    private readonly long _began = time.GetTimestamp();
    private ReplicaScaler? _scaler;

    private TimeSpan Now => time.GetElapsedTime(_began);

    private ReplicaScaler Scaler => _scaler ??= new(GrainFactory.GetGrain<IEndpointGrain>(this.GetPrimaryKeyString()), time);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Where nothing is asked any more no gateway reports, and replicas are to stand by again all the same.
        this.RegisterGrainTimer(static (grain, _) => grain.Scaler.Tick(), this, new GrainTimerCreationOptions(CalmLook, CalmLook));
        return Task.CompletedTask;
    }

    public async Task Report(TrafficReport report)
    {
        if (!_window.Add(report, Now))
            return;
        await GrainFactory.GetGrain<IRolloutGrain>(this.GetPrimaryKeyString()).Observe(report);
        if (report.Shadows is not null)
            await GrainFactory.GetGrain<IEndpointShadowGrain>(this.GetPrimaryKeyString()).Observe(report);
        await Scaler.Heard(report);
    }

    public Task<EndpointTraffic> Recent() => Task.FromResult(_window.Sum(EndpointKey.FromGrainKey(this.GetPrimaryKeyString()).Endpoint, Now));
}
