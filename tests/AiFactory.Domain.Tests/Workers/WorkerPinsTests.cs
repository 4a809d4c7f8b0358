using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Tests.Workers;

public sealed class WorkerPinsTests
{
    private static readonly ModelVersionKey First = new("acme", "m", 1), Second = new("acme", "m", 2);

    [Fact]
    public void With_Models_StandOnceInOrder() => Assert.Equal([Second, First], WorkerPins.None.With(Second).With(First).With(Second).Models);

    [Fact]
    public void Without_Pinned_IsGoneAndAnotherChangesNothing()
    {
        var pins = WorkerPins.None.With(First);

        Assert.Empty(pins.Without(First).Models);
        Assert.Same(pins, pins.Without(Second));
        Assert.Same(pins, pins.With(First));
    }
}
