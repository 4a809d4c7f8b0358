using System.Runtime.CompilerServices;
using AiFactory.Threading;

namespace AiFactory.Engines.Tests.Threading;

public sealed class ReusedMethodBuilderTests
{
    private static readonly AsyncLocal<int> Local = new();

    [Fact]
    public async Task Await_Completed_GivesTheResultWithoutState()
    {
        var task = Twice(Task.FromResult(21));

        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(42, await task);
    }

    [Fact]
    public async Task Await_SeveralWaits_GivesTheResult()
    {
        var (first, second) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        var sum = Sum(first.Task, second.Task);
        first.SetResult(1);
        Assert.False(sum.IsCompleted);
        second.SetResult(2);

        Assert.Equal(3, await sum);
    }

    [Fact]
    public async Task Await_Throws_BeforeAndAfterItsFirstWait()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Fail(Task.CompletedTask));
        var waiting = new TaskCompletionSource();
        var failing = Fail(waiting.Task);
        waiting.SetResult();
        await Assert.ThrowsAsync<ArgumentException>(async () => await failing);
    }

    [Fact]
    public async Task Await_ManyAtOnce_EachGetsItsOwn()
    {
        for (var round = 0; round < 3; round++)
        {
            var sources = Enumerable.Range(0, 3000).Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
            var results = sources.Select(source => Twice(source.Task).AsTask()).ToArray();
            Parallel.For(0, sources.Length, i => sources[i].SetResult(i));

            Assert.Equal(Enumerable.Range(0, sources.Length).Select(i => 2 * i), await Task.WhenAll(results));
        }
    }

    [Fact]
    public async Task Await_Context_IsTheCallersAndStaysInside()
    {
        Local.Value = 7;
        var waiting = new TaskCompletionSource();
        var seen = Seen(waiting.Task);
        Assert.Equal(7, Local.Value);
        await Task.Run(() =>
        {
            Local.Value = 9;
            waiting.SetResult();
        }, TestContext.Current.CancellationToken);

        Assert.Equal((8, 7), (await seen, Local.Value));
    }

    [Fact]
    public async Task Await_ManyUnderWayAgain_AllocatesNothingNew()
    {
        const int Calls = 500;
        var sources = new ManualSource[Calls];
        for (var i = 0; i < Calls; i++)
        {
            sources[i] = new();
        }

        var tasks = new ValueTask<int>[Calls];
        await Round();
        await Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Begin();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        await Finish();

        // A state and its delegate are more than 150 bytes; of a debug build the locals are an object too, smaller than that.
        Assert.InRange(allocated, 0, Calls * 100);

        void Begin()
        {
            for (var i = 0; i < Calls; i++)
            {
#pragma warning disable CA2012 // Each is awaited once, below.
                tasks[i] = Plus(sources[i], i);
#pragma warning restore CA2012
            }
        }

        async Task Finish()
        {
            for (var i = 0; i < Calls; i++)
            {
                sources[i].Set();
                Assert.Equal(i + 1, await tasks[i]);
            }
        }

        Task Round()
        {
            Begin();
            return Finish();
        }
    }

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private static async ValueTask<int> Twice(Task<int> number) => 2 * await number.ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private static async ValueTask<int> Sum(Task<int> first, Task<int> second) => await first + await second;

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private static async ValueTask<int> Plus(ManualSource source, int number)
    {
        await source;
        return number + 1;
    }

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder))]
    private static async ValueTask Fail(Task first)
    {
        await first;
        throw new ArgumentException("no");
    }

    [AsyncMethodBuilder(typeof(ReusedMethodBuilder<>))]
    private static async ValueTask<int> Seen(Task waiting)
    {
        await waiting.ConfigureAwait(false);
        return ++Local.Value;
    }

    /// <summary>Awaited again and again, by one at a time.</summary>
    private sealed class ManualSource : ICriticalNotifyCompletion
    {
        private Action? _continuation;

        public bool IsCompleted => false;

        public ManualSource GetAwaiter() => this;

        public void GetResult() => _continuation = null;

        public void OnCompleted(Action continuation) => _continuation = continuation;

        public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;

        public void Set() => _continuation!();
    }
}
