using AiFactory.Threading;

namespace AiFactory.Engines.Tests.Threading;

public sealed class ReusePoolTests
{
    [Fact]
    public void Rent_ReturnedOnManyThreads_NoneIsHeldTwice()
    {
        const int Rounds = 2_000;
        Parallel.For(0, 4, _ =>
        {
            var held = new List<Held>();
            var random = new Random();
            for (var i = 0; i < Rounds; i++)
            {
                if (random.Next(2) == 0 || held.Count == 0)
                {
                    var item = ReusePool<Held>.TryRent() ?? new();
                    Assert.Equal(1, Interlocked.Increment(ref item.Holders));
                    held.Add(item);
                }
                else
                {
                    var item = held[^1];
                    held.RemoveAt(held.Count - 1);
                    Assert.Equal(0, Interlocked.Decrement(ref item.Holders));
                    ReusePool<Held>.Return(item);
                }
            }
        });
    }

    [Fact]
    public void TryRent_ReturnedElsewhereBeyondWhatAThreadKeeps_IsFoundHere()
    {
        const int Returned = 100;
        var returner = new Thread(() =>
        {
            for (var i = 0; i < Returned; i++)
            {
                ReusePool<Passed>.Return(new());
            }
        });
        returner.Start();
        returner.Join();

        Assert.Equal(Returned - 32, Enumerable.Range(0, Returned).Count(_ => ReusePool<Passed>.TryRent() is not null));
    }

    private sealed class Held
    {
        public int Holders;
    }

    private sealed class Passed;
}
