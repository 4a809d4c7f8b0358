namespace AiFactory.Grains.Workers.Training;

/// <summary>A rank's place in the ring: it sends to the next rank and receives from the previous one.</summary>
internal interface IRingLink
{
    int Rank { get; }

    int WorldSize { get; }

    /// <summary>Sends a piece on its way, and gives it away: whoever receives it may write to it. May return before it has arrived.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>ring-broken</c>: the next rank cannot be reached.</exception>
    void Send(byte[] piece);

    /// <summary>Waits for the previous rank's next piece, which is the caller's own from here on.</summary>
    /// <exception cref="OperationCanceledException">The shard was stopped.</exception>
    /// <exception cref="Domain.Refusals.RefusedException"><c>ring-broken</c>, as <see cref="Send"/>.</exception>
    byte[] Receive();

    /// <summary>Waits until every piece sent has arrived.</summary>
    /// <exception cref="Domain.Refusals.RefusedException"><c>ring-broken</c>, as <see cref="Send"/>.</exception>
    void Flush();
}
