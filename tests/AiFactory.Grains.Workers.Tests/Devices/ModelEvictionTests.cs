using AiFactory.Grains.Workers.Devices;

namespace AiFactory.Grains.Workers.Tests.Devices;

public sealed class ModelEvictionTests
{
    private static readonly ResidentModel[] Resident = [new("b", 40, 7, false), new("a", 30, 3, true), new("c", 30, 9, false), new("d", 20, 1, true)];

    [Fact]
    public void MakeRoom_NothingMissing_LetsGoOfNothing() => Assert.Empty(ModelEviction.MakeRoom(Resident, 0));

    [Fact]
    public void MakeRoom_Full_LetsGoOfUnprovenModelsFirstThenOfTheLongestUnused()
    {
        Assert.Equal(["b"], ModelEviction.MakeRoom(Resident, 40));
        Assert.Equal(["b", "c"], ModelEviction.MakeRoom(Resident, 41));
        Assert.Equal(["b", "c", "d"], ModelEviction.MakeRoom(Resident, 71));
        Assert.Equal(["b", "c", "d", "a"], ModelEviction.MakeRoom(Resident, 1000));
    }

    [Fact]
    public void Demote_ProvenOverTheirShare_TheLongestUnusedProveThemselvesAnew()
    {
        Assert.Empty(ModelEviction.Demote(Resident, 63));
        Assert.Equal(["d"], ModelEviction.Demote(Resident, 60));
        Assert.Equal(["d", "a"], ModelEviction.Demote(Resident, 0));
    }
}
