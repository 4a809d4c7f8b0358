namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>What is switched on in the process that serves: parts for which the product has no switch of its own.</summary>
internal sealed record FeatureState(bool Log = true, bool Ledger = true, bool Figures = true, bool Metrics = true)
{
    public string Query => $"/switches?log={Log}&ledger={Ledger}&figures={Figures}&metrics={Metrics}".ToLowerInvariant();
}

/// <summary>The present state, as requests see it.</summary>
internal sealed class FeatureSwitches
{
    private volatile FeatureState _state = new();

    public bool Log => _state.Log;

    public bool Ledger => _state.Ledger;

    public bool Figures => _state.Figures;

    public FeatureState State
    {
        set => _state = value;
    }
}
