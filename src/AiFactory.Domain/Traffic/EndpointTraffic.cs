namespace AiFactory.Domain.Traffic;

/// <summary>What all gateways together saw of an endpoint of late.</summary>
/// <param name="Seconds">Time that the figures cover: that of the gateway that told most.</param>
/// <param name="Gateways">How many told anything in that time.</param>
public sealed record EndpointTraffic(string Endpoint, double Seconds, int Gateways, IReadOnlyList<VariantTraffic> Variants);
