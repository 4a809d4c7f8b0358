using AiFactory.Grains.Workers.Devices;

namespace AiFactory.Grains.Workers.Tests.Devices;

public sealed class ModelEvictionTests
{
    private static readonly ResidentModel[] Resident = [new("b", 40, 7), new("a", 30, 3), new("c", 30, 9)];

    [Fact]
    public void MakeRoom_ThereIsRoom_LetsGoOfNothing() =>
        Assert.Empty(ModelEviction.MakeRoom(Resident, 10, 110)!);

    [Fact]
    public void MakeRoom_Full_LetsGoOfTheLongestUnusedUntilItFits()
    {
        Assert.Equal(["a"], ModelEviction.MakeRoom(Resident, 30, 100)!);
        Assert.Equal(["a", "b"], ModelEviction.MakeRoom(Resident, 31, 100)!);
        Assert.Equal(["a", "b", "c"], ModelEviction.MakeRoom(Resident, 100, 100)!);
    }

    [Fact]
    public void MakeRoom_LargerThanTheDevice_IsImpossible() =>
        Assert.Null(ModelEviction.MakeRoom(Resident, 101, 100));
}
