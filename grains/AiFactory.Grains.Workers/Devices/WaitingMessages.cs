using AiFactory.Domain.Models;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Messages that wait for their model to be loaded, so that they can be cancelled by name. Safe for use by several threads.</summary>
internal sealed class WaitingMessages
{
    private readonly Dictionary<(string Model, long Id), HeldMessage> _held = [];
    private readonly Lock _gate = new();

    /// <param name="model"><see cref="ModelVersionKey.ToGrainKey"/>.</param>
    /// <param name="messageId">0: it has no name, and cannot be cancelled.</param>
    /// <returns>To be disposed once the message has been answered.</returns>
    public HeldMessage Hold(string model, long messageId)
    {
        var held = new HeldMessage(this, model, messageId);
        lock (_gate)
        {
            if (messageId != 0)
            {
                _held[(model, messageId)] = held;
            }
        }

        return held;
    }

    /// <summary>Without effect when no such message waits.</summary>
    public void Cancel(string model, long messageId)
    {
        HeldMessage? held;
        lock (_gate)
        {
            _held.Remove((model, messageId), out held);
        }

        held?.Cancel();
    }

    private void Forget(HeldMessage held)
    {
        lock (_gate)
        {
            if (_held.GetValueOrDefault((held.Model, held.Id)) == held)
            {
                _held.Remove((held.Model, held.Id));
            }
        }
    }

    /// <summary>One of them.</summary>
    internal sealed class HeldMessage(WaitingMessages owner, string model, long id) : IDisposable
    {
        private readonly CancellationTokenSource _source = new();

        public string Model => model;

        public long Id => id;

        /// <summary>Signals that nobody awaits it any more.</summary>
        public CancellationToken Cancellation => _source.Token;

        public void Cancel() => _source.Cancel();

        // A late cancellation may still hold on to the source, which has nothing to let go of.
        public void Dispose() => owner.Forget(this);
    }
}
