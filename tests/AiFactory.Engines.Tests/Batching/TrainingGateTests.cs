using AiFactory.Engines.Devices;
using AiFactory.Threading;

namespace AiFactory.Engines.Tests.Batching;

public sealed class TrainingGateTests
{
    [Theory]
    [InlineData(false, 100, 0, false)]
    [InlineData(true, 100, 0, true)]
    [InlineData(true, 100, 399, true)]
    [InlineData(true, 100, 400, false)]
    [InlineData(true, 0, 0, false)]
    [InlineData(true, 10_000, 999, true)]
    [InlineData(true, 10_000, 1000, false)]
    public void MustWait_Cases_KeepAFifthOfThePace(bool pressed, int owedMs, int waitedMs, bool waits) =>
        Assert.Equal(waits, TrainingGate.MustWait(pressed, TimeSpan.FromMilliseconds(owedMs), TimeSpan.FromMilliseconds(waitedMs)));

    [Fact]
    public void Run_PressureThatEnds_LetsTheNextStepGoOn()
    {
        var looks = 0;
        var steps = 0;
        var gate = new TrainingGate(() => looks++ is 1 or 2);
        gate.Run(() => steps++);
        gate.Run(() => steps++);

        Assert.Equal(2, steps);
        Assert.InRange(looks, 2, 4);
    }

    [Fact]
    public void Run_PressureThatNeverEnds_GoesOnAllTheSame()
    {
        var steps = 0;
        var gate = new TrainingGate(() => true);
        for (var i = 0; i < 5; i++)
        {
            gate.Run(() => steps++);
        }

        Assert.Equal(5, steps);
    }

    [Fact]
    public void Enter_OwnThread_IsAgreedOnLinux()
    {
        var agreed = false;
        var thread = new Thread(() => agreed = BackgroundThread.Enter());
        thread.Start();
        thread.Join();

        Assert.Equal(OperatingSystem.IsLinux(), agreed);
    }
}
