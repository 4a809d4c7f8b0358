using AiFactory.Domain.Decisions;

namespace AiFactory.Projections.Tests;

public sealed class OutcomeIntakeTests : IDisposable
{
    private readonly Factory _factory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _factory.Dispose();

    [Fact]
    public async Task Report_NewRepeatedConflicting_EachIsNamed()
    {
        var address = _factory.Log.Append(Factory.Decision(1, positive: true));
        var receipt = await Report(new(_factory.Id(address), "no"), new(_factory.Id(address), "no"), new(_factory.Id(address), "yes"));
        Assert.Equal((1, 1), (receipt.Accepted, receipt.Repeated));
        Assert.Equal("outcome-conflict", Assert.Single(receipt.Refused).Refusal.Code);

        Assert.Equal(1, (await Report(new OutcomeReport(_factory.Id(address), "no"))).Repeated);
        _factory.Restart();
        Assert.Equal(1, (await Report(new OutcomeReport(_factory.Id(address), "no"))).Repeated);
        Assert.Single(_factory.Log.ReadFrom(0), entry => entry.Record is OutcomeRecord);

        Assert.Equal("no", (await _factory.Figures.ReadOutcome(address, Cancellation))?.Label);
        var figures = Assert.Single((await _factory.Figures.Read(new("default", "churn"), Cancellation)).Variants);
        Assert.Equal((1L, 0L, 1L, 0L, 0L, "mlp@1"), (figures.Exposures, figures.TruePositives, figures.FalsePositives, figures.TrueNegatives, figures.FalseNegatives, figures.Model));
    }

    [Fact]
    public async Task Report_BooleanInOtherSpelling_IsTheSameLabel()
    {
        var flag = _factory.Log.Append(Factory.Decision(1) with { Model = "flags", Predicted = "true" });
        var word = _factory.Log.Append(Factory.Decision(2));

        var receipt = await Report(new(_factory.Id(flag), "True"), new(_factory.Id(flag), "TRUE"), new(_factory.Id(flag), "False"), new(_factory.Id(word), "YES"));

        Assert.Equal((1, 1), (receipt.Accepted, receipt.Repeated));
        Assert.Equal(["outcome-conflict", "label-unknown"], receipt.Refused.Select(refused => refused.Refusal.Code));
        Assert.Equal("true", (await _factory.Figures.ReadOutcome(flag, Cancellation))?.Label);
    }

    [Fact]
    public async Task Read_DecisionsOfSeveralRevisions_CountsTheNewestApart()
    {
        foreach (var revision in new[] { 1, 1, 2 })
        {
            _factory.Log.Append(Factory.Decision(revision) with { Revision = revision });
        }

        Assert.Equal((3L, 2L, 1L), await Counts());
        _factory.Log.Append(Factory.Decision(4) with { Revision = 2 });
        _factory.Log.Append(Factory.Decision(5) with { Revision = 1 });
        Assert.Equal((5L, 2L, 2L), await Counts());
        _factory.Log.Append(Factory.Decision(6) with { Revision = 3 });
        Assert.Equal((6L, 3L, 1L), await Counts());

        async Task<(long, long, long)> Counts()
        {
            var figures = Assert.Single((await _factory.Figures.Read(new("default", "churn"), Cancellation)).Variants);
            return (figures.Exposures, figures.Revision, figures.RevisionExposures);
        }
    }

    [Fact]
    public async Task Report_NotADecisionOfThisEndpoint_IsRefused()
    {
        var address = _factory.Log.Append(Factory.Decision(1));
        var foreign = _factory.Log.Append(Factory.Decision(2, tenant: "acme"));
        var outcome = _factory.Log.Append(new OutcomeRecord(Factory.Noon, "default", "churn", address, "yes", true));
        var tensors = _factory.Log.Append(Factory.Decision(3) with { Predicted = "" });
        var receipt = await Report(
            new("nonsense", "yes"), new("silo-2-00000000000040", "yes"), new(_factory.Id(foreign), "yes"), new(_factory.Id(outcome), "yes"), new(_factory.Id(1L << 50), "yes"),
            new(_factory.Id(tensors), "yes"), new(_factory.Id(address), "maybe"));

        Assert.Equal((0, 0), (receipt.Accepted, receipt.Repeated));
        Assert.Equal(
            ["decision-id-malformed", "decision-not-found", "decision-not-found", "decision-not-found", "decision-not-found", "outcome-without-classes", "label-unknown"],
            receipt.Refused.Select(refused => refused.Refusal.Code));
        Assert.Equal("decision-not-found", (await _factory.Intake.Report("default", "other", [new(_factory.Id(address), "yes")], Cancellation)).Refused.Single().Refusal.Code);
    }

    [Fact]
    public async Task Report_ThousandsAndConcurrently_EachDecisionHasOneOutcome()
    {
        var addresses = Enumerable.Range(0, 1_500).Select(i => _factory.Log.Append(Factory.Decision(i))).ToList();
        var reports = addresses.ConvertAll(address => new OutcomeReport(_factory.Id(address), "yes"));

        var receipts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _factory.Intake.Report("default", "churn", reports, Cancellation)));

        Assert.Equal((1_500, 4_500), (receipts.Sum(receipt => receipt.Accepted), receipts.Sum(receipt => receipt.Repeated)));
        Assert.Equal(1_500, ((await _factory.Figures.Read(new("default", "churn"), Cancellation)).Variants).Single().TruePositives);
    }

    private Task<OutcomeReceipt> Report(params OutcomeReport[] outcomes) => _factory.Intake.Report("default", "churn", outcomes, Cancellation);
}
