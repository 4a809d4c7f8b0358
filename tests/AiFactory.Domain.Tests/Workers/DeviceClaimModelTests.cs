using AiFactory.Domain.Workers;
using CsCheck;

namespace AiFactory.Domain.Tests.Workers;

/// <summary>
/// Three silos that can reach one device, claim keepers that may be active several times over one store, and whatever may happen to them: at no moment do
/// two silos count a claim of theirs as valid.
/// </summary>
public sealed class DeviceClaimModelTests
{
    private const string Identity = "GPU-1";
    private const int Silos = 3;
    private const int Keepers = 2;

    private enum Step
    {
        Claim,
        Renew,
        Release,
        Crash,
        DeclareDead,
        Pass,
        Activate,
        Reread,
    }

    private static readonly Gen<(Step Step, int Silo, int Keeper, int Seconds)[]> GenSteps = Gen.Select(
        Gen.Frequency((6, Gen.Const(Step.Claim)), (6, Gen.Const(Step.Renew)), (1, Gen.Const(Step.Release)), (1, Gen.Const(Step.Crash)), (2, Gen.Const(Step.DeclareDead)),
            (6, Gen.Const(Step.Pass)), (1, Gen.Const(Step.Activate)), (1, Gen.Const(Step.Reread))),
        Gen.Int[0, Silos - 1],
        Gen.Int[0, Keepers - 1],
        Gen.Int[1, 30]).Array[1, 120];

    [Fact]
    public void Claim_AnyInterleavingOfCrashesAndCuts_NeverTwoHoldersWithValidTokens() => GenSteps.Sample(
        steps =>
        {
            var world = new World();
            foreach (var (step, silo, keeper, seconds) in steps)
            {
                world.Do(step, silo, keeper, seconds);
                Assert.True(world.ValidHolders <= 1, $"{world.ValidHolders} silos hold the device after {step}.");
            }

            // Tokens only grow, and no two holders ever share one.
            Assert.Equal(world.Granted.Order(), world.Granted);
            Assert.Equal(world.Granted.Distinct().Count(), world.Granted.Select(grant => grant.Token).Distinct().Count());
        },
        iter: 3_000);

    [Fact]
    public void Claim_HolderGoneForGood_PassesOnInTheEnd() => GenSteps.Sample(
        steps =>
        {
            var world = new World();
            foreach (var (step, silo, keeper, seconds) in steps)
            {
                world.Do(step, silo, keeper, seconds);
            }

            // Two of the silos die; the third asks on.
            foreach (var gone in new[] { 0, 1 })
            {
                world.Do(Step.Crash, gone, 0, 0);
                world.Do(Step.DeclareDead, gone, 0, 0);
            }

            // Once to hear that it is held, once more where its keeper had not seen that.
            world.Do(Step.DeclareDead, 2, 0, 0);
            Ask(world);
            world.Do(Step.Pass, 2, 0, 23);
            Ask(world);
            Assert.True(world.Holds(2));
        },
        iter: 500);

    private static void Ask(World world)
    {
        foreach (var step in new[] { Step.Renew, Step.Claim, Step.Renew, Step.Claim })
        {
            world.Do(step, 2, 0, 0);
        }
    }

    [Fact]
    public void Renew_OldToken_IsRefusedAndReleaseByItHasNoEffect()
    {
        WorkerKey first = new("a", "gpu-0"), second = new("b", "gpu-0");
        var claim = DeviceClaimRules.Claim(null, Identity, first, "a@1", holderIsDead: false, TimeSpan.Zero).OrThrow();
        Assert.Equal("device-claimed", DeviceClaimRules.Claim(claim, Identity, second, "b@1", holderIsDead: false, TimeSpan.FromHours(1)).Refusal?.Code);
        Assert.Equal("device-claimed", DeviceClaimRules.Claim(claim, Identity, second, "b@1", holderIsDead: true, DeviceClaimRules.Lease).Refusal?.Code);

        var passed = DeviceClaimRules.Claim(claim, Identity, second, "b@1", holderIsDead: true, DeviceClaimRules.Lease + DeviceClaimRules.Margin).OrThrow();
        Assert.Equal((2, second), (passed.Token, passed.Holder));
        Assert.Equal("device-claim-lost", DeviceClaimRules.Renew(passed, Identity, first, claim.Token).Refusal?.Code);
        Assert.Same(passed, DeviceClaimRules.Release(passed, first, claim.Token));
        Assert.Null(DeviceClaimRules.Release(passed, second, passed.Token)!.Holder);

        // Started again, a silo need not wait for the claim of its former run.
        Assert.Equal(2, DeviceClaimRules.Claim(claim, Identity, first, "a@2", holderIsDead: true, TimeSpan.Zero).OrThrow().Token);
        Assert.Equal("device-claimed", DeviceClaimRules.Claim(claim, Identity, new("a", "gpu-1"), "a@1", holderIsDead: false, TimeSpan.Zero).Refusal?.Code);
    }

    private sealed class World
    {
        private readonly Silo[] _silos = [.. Enumerable.Range(0, Silos).Select(index => new Silo(index))];
        private readonly Keeper[] _keepers = [.. Enumerable.Range(0, Keepers).Select(_ => new Keeper())];
        private DeviceClaim? _stored;
        private int _etag;
        private TimeSpan _now;

        public List<(long Token, string Address)> Granted { get; } = [];

        public int ValidHolders => _silos.Count(silo => !silo.Ended && silo.ValidUntil > _now);

        public bool Holds(int silo) => _silos[silo].ValidUntil > _now;

        public void Do(Step step, int index, int keeperIndex, int seconds)
        {
            var (silo, keeper) = (_silos[index], _keepers[keeperIndex]);
            switch (step)
            {
                case Step.Claim when !silo.Ended && silo.Token == 0:
                    Claim(silo, keeper);
                    break;
                case Step.Renew when !silo.Ended && silo.Token != 0:
                    Keep(silo, keeper, present => DeviceClaimRules.Renew(present, Identity, silo.Worker, silo.Token));
                    break;
                case Step.Release when !silo.Ended && silo.Token != 0:
                    // It closes its device first.
                    silo.ValidUntil = TimeSpan.Zero;
                    if (keeper.Etag == _etag && DeviceClaimRules.Release(keeper.Seen, silo.Worker, silo.Token) is { } released)
                    {
                        Write(keeper, released);
                    }

                    silo.Token = 0;
                    break;
                case Step.Crash:
                    silo.Ended = true;
                    break;
                case Step.DeclareDead:
                    // Rightly or not: a silo that is cut off goes on, and asks under its old address.
                    silo.Dead.Add(silo.Address);
                    if (silo.Ended)
                    {
                        silo.StartAgain();
                    }

                    break;
                case Step.Pass:
                    _now += TimeSpan.FromSeconds(seconds);
                    break;
                case Step.Activate:
                    _keepers[keeperIndex] = new Keeper { Seen = _stored, Etag = _etag, Watch = new(_stored?.Token ?? 0, _stored?.Renewals ?? 0, _now) };
                    break;
                case Step.Reread:
                    (keeper.Seen, keeper.Etag) = (_stored, _etag);
                    break;
            }
        }

        private void Claim(Silo silo, Keeper keeper)
        {
            var dead = false;
            if (keeper.Seen is { Holder: not null, SiloAddress: { } other } && other != silo.Address)
            {
                (keeper.Seen, keeper.Etag) = (_stored, _etag);
                dead = _silos.Any(known => known.Dead.Contains(other)) && keeper.Seen?.SiloAddress == other;
            }

            keeper.Watch = keeper.Watch.Look(keeper.Seen, _now);
            Keep(silo, keeper, present => DeviceClaimRules.Claim(present, Identity, silo.Worker, silo.Address, dead, _now - keeper.Watch.SeenAt));
        }

        private void Keep(Silo silo, Keeper keeper, Func<DeviceClaim?, Refusals.Ruling<DeviceClaim>> rule)
        {
            if (rule(keeper.Seen) is not { Granted: true, Value: var claim })
            {
                silo.Token = 0;
                silo.ValidUntil = TimeSpan.Zero;
                return;
            }

            // Of two activations the one that has not seen the other's writing fails, and begins anew.
            if (keeper.Etag != _etag)
            {
                (keeper.Seen, keeper.Etag) = (_stored, _etag);
                return;
            }

            Write(keeper, claim);
            if (claim.Token != silo.Token)
            {
                Granted.Add((claim.Token, silo.Address));
            }

            (silo.Token, silo.ValidUntil) = (claim.Token, _now + DeviceClaimRules.Lease);
        }

        private void Write(Keeper keeper, DeviceClaim claim)
        {
            (_stored, keeper.Seen) = (claim, claim);
            keeper.Etag = ++_etag;
            keeper.Watch = keeper.Watch.Look(claim, _now);
        }
    }

    private sealed class Keeper
    {
        public DeviceClaim? Seen { get; set; }

        public int Etag { get; set; }

        public ClaimWatch Watch { get; set; }
    }

    private sealed class Silo(int index)
    {
        private int _run = 1;

        public WorkerKey Worker { get; } = new($"silo-{index}", "gpu-0");

        public string Address => $"{index}@{_run}";

        public HashSet<string> Dead { get; } = [];

        public long Token { get; set; }

        public TimeSpan ValidUntil { get; set; }

        public bool Ended { get; set; }

        public void StartAgain()
        {
            _run++;
            (Token, ValidUntil, Ended) = (0, TimeSpan.Zero, false);
        }
    }
}
