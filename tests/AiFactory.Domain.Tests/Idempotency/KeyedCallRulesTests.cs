using AiFactory.Domain.Idempotency;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Tests.Idempotency;

public sealed class KeyedCallRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly KeptAnswer Answer = new(200, new Dictionary<string, string>(), [1, 2]);

    [Fact]
    public void Claim_New_IsTheCallers()
    {
        var (calls, claimed) = Claim([], Call("k", "one"));

        Assert.Null(claimed.Answer);
        Assert.Empty(claimed.Earlier);
        Assert.Equal("one", Assert.Single(calls).Holder);
    }

    [Fact]
    public void Claim_Answered_GivesTheAnswer()
    {
        var calls = KeyedCallRules.Complete([Call("k", "one")], "k", "one", Answer)!;

        var (after, claimed) = Claim(calls, Call("k", "two"));

        Assert.Same(calls, after);
        Assert.Same(Answer, claimed.Answer);
    }

    [Fact]
    public void Claim_OtherRequest_IsRefused() =>
        Assert.Equal(("idempotency-key-reused", RefusalKind.Unprocessable), Refused([Call("k", "one")], Call("k", "two") with { Fingerprint = "other" }));

    [Fact]
    public void Claim_UnderWay_IsRefused() => Assert.Equal((KeyedCallRules.UnderWay, RefusalKind.Conflict), Refused([Call("k", "one")], Call("k", "two")));

    [Fact]
    public void Claim_SameHolderAgain_IsItsOwn()
    {
        KeyedCall[] calls = [Call("k", "one")];

        var (after, claimed) = Claim(calls, Call("k", "one"));

        Assert.Same(calls, after);
        Assert.Null(claimed.Answer);
    }

    [Fact]
    public void Claim_HolderSilent_TakesItUpAndKnowsItsLog()
    {
        var (calls, claimed) = Claim([Call("k", "one", "silo-1")], Call("k", "two", "silo-2"), held: false);

        Assert.Equal([new LogPlace("silo-1", 7)], claimed.Earlier);
        var taken = Assert.Single(calls);
        Assert.Equal("two", taken.Holder);
        Assert.Equal(["silo-1", "silo-2"], taken.Logs.Select(place => place.Log));
        Assert.Null(KeyedCallRules.Complete(calls, "k", "one", Answer));
    }

    [Fact]
    public void Claim_SameLogAgain_KeepsTheEarlierPlace()
    {
        var later = Call("k", "two", "silo-1") with { Logs = [new("silo-1", 90)] };

        var (calls, claimed) = Claim([Call("k", "one", "silo-1")], later, held: false);

        Assert.Equal([new LogPlace("silo-1", 7)], claimed.Earlier);
        Assert.Equal([new LogPlace("silo-1", 7)], Assert.Single(calls).Logs);
    }

    [Fact]
    public void Release_NothingDecided_ForgetsTheCall() => Assert.Empty(KeyedCallRules.Release([Call("k", "one", "silo-1")], "k", "one", decided: false, "silo-1"));

    [Fact]
    public void Release_Decided_LetsTheNextFindIt()
    {
        var calls = KeyedCallRules.Release([Call("k", "one", "silo-1")], "k", "one", decided: true, "silo-1");

        Assert.Equal([new LogPlace("silo-1", 7)], Claim(calls, Call("k", "two", "silo-2")).Claimed.Earlier);
    }

    [Fact]
    public void Release_ByWhoLostIt_IsNoEffect()
    {
        KeyedCall[] calls = [Call("k", "two")];

        Assert.Same(calls, KeyedCallRules.Release(calls, "k", "one", decided: false, ""));
    }

    [Fact]
    public void Claim_AfterItsTime_IsANewCall()
    {
        var old = Call("k", "") with { At = Now - Day - TimeSpan.FromSeconds(1), Answer = Answer };

        Assert.Null(Claim([old], Call("k", "two")).Claimed.Answer);
    }

    [Fact]
    public void Claim_ShardFull_DisplacesTheOldestAnswered()
    {
        KeyedCall[] calls = [Call("under-way", "x"), .. Enumerable.Range(1, KeyedCallRules.CallsMax - 1).Select(i => Call($"k{i}", "") with { Answer = Answer })];

        var (after, _) = Claim(calls, Call("new", "one"));

        Assert.Equal(KeyedCallRules.CallsMax, after.Count);
        Assert.Contains(after, call => call.Key == "under-way");
        Assert.DoesNotContain(after, call => call.Key == "k1");
    }

    [Fact]
    public void Claim_ShardFullOfWorkUnderWay_IsRefused() => Assert.Equal(("idempotency-keys-busy", RefusalKind.Unavailable),
        Refused([.. Enumerable.Range(0, KeyedCallRules.CallsMax).Select(i => Call($"k{i}", "x"))], Call("new", "one")));

    [Theory]
    [InlineData("my-run", "my-run")]
    [InlineData("\"my-run\"", "my-run")]
    [InlineData("8E03978E-40D5-43DD-BC93-6894A57F9324", "8E03978E-40D5-43DD-BC93-6894A57F9324")]
    public void Check_Valid_TakesQuotationMarksOff(string text, string key) => Assert.Equal(key, IdempotencyKey.Check(text).OrThrow());

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("no good")]
    [InlineData("é")]
    public void Check_Invalid_IsRefused(string text) => Assert.Equal("idempotency-key-invalid", IdempotencyKey.Check(text).Refusal!.Code);

    [Fact]
    public void Name_NoResourceName_IsADigest()
    {
        Assert.Equal("my-run", IdempotencyKey.Name("my-run"));
        Assert.Matches("^k-[0-9a-f]{32}$", IdempotencyKey.Name("8E03978E"));
        Assert.NotEqual(IdempotencyKey.RequestId("a", "k"), IdempotencyKey.RequestId("b", "k"));
    }

    private static KeyedCall Call(string key, string holder, string? log = null) => new(key, "print", Now, holder, log is null ? [] : [new(log, 7)]);

    private static (IReadOnlyList<KeyedCall> Calls, ClaimedCall Claimed) Claim(IReadOnlyList<KeyedCall> calls, KeyedCall asked, bool held = true) =>
        KeyedCallRules.Claim(calls, asked, held, Now, Day).OrThrow();

    private static (string, RefusalKind) Refused(IReadOnlyList<KeyedCall> calls, KeyedCall asked)
    {
        var refusal = KeyedCallRules.Claim(calls, asked, held: true, Now, Day).Refusal!;
        return (refusal.Code, refusal.Kind);
    }
}
