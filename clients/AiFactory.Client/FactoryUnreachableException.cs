namespace AiFactory.Client;

/// <summary>No factory answers at the address, or the connection broke before it answered.</summary>
public sealed class FactoryUnreachableException(Uri address, Exception inner)
    : Exception($"No factory answers at {address.GetLeftPart(UriPartial.Authority)}: {inner.Message}", inner)
{
    /// <summary>The address that was tried.</summary>
    public Uri Address { get; } = address;
}
