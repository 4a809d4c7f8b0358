using AiFactory.Domain.Refusals;
using AiFactory.Grains.Workers.Devices;

namespace AiFactory.Grains.Workers.Tests.Devices;

public sealed class ModelMemoryTests
{
    [Fact]
    public async Task Reserve_Room_IsTakenAtOnce()
    {
        using var memory = new ModelMemory(100);

        await memory.Reserve("a", 60, NoRoom);
        await memory.Reserve("b", 40, NoRoom);

        Assert.Equal(100, memory.Used);
    }

    [Fact]
    public async Task Reserve_NoRoom_WaitsUntilWhatLeavesIsGone()
    {
        using var memory = new ModelMemory(100);
        await memory.Reserve("a", 60, NoRoom);
        Assert.Equal(0, Math.Max(0, memory.Settle(60, 70)));
        var asked = new List<long>();

        var waiting = memory.Reserve("b", 50, missing =>
        {
            asked.Add(missing);
            memory.Leave(70);
        });

        Assert.False(waiting.IsCompleted);
        Assert.Equal((20L, 70), (Assert.Single(asked), memory.Used));
        memory.Gone(70);
        await waiting;
        Assert.Equal((20L, 50), (Assert.Single(asked), memory.Used));
    }

    [Fact]
    public async Task Reserve_AnotherLoadFails_TakesItsRoom()
    {
        using var memory = new ModelMemory(100);
        await memory.Reserve("a", 60, NoRoom);
        var waiting = memory.Reserve("b", 50, static _ => { });
        Assert.False(waiting.IsCompleted);

        memory.Abandon(60);

        await waiting;
        Assert.Equal(50, memory.Used);
    }

    [Fact]
    public async Task Reserve_OnlyPinnedModels_IsRefused()
    {
        using var memory = new ModelMemory(100);
        await memory.Reserve("a", 60, NoRoom);
        memory.Settle(60, 60);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => memory.Reserve("b", 50, static _ => { }));
        Assert.Equal("model-memory-pinned", refused.Refusal.Code);

        // The next one is not held up by it.
        await memory.Reserve("c", 40, NoRoom);
    }

    [Fact]
    public async Task Reserve_LargerThanTheDevice_IsRefused()
    {
        using var memory = new ModelMemory(100);

        Assert.Equal("model-too-large", (await Condition.Refused(() => memory.Reserve("a", 101, NoRoom))).Code);
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public async Task Settle_LargerThanExpected_SaysHowMuchIsOver()
    {
        using var memory = new ModelMemory(100);
        await memory.Reserve("a", 60, NoRoom);
        await memory.Reserve("b", 40, NoRoom);

        Assert.Equal(25, memory.Settle(40, 65));
    }

    private static void NoRoom(long missing) => Assert.Fail($"{missing} bytes are not missing.");
}
