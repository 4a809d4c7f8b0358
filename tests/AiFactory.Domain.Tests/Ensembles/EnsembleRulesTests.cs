using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Ensembles;

public sealed class EnsembleRulesTests
{
    [Fact]
    public void Members_NamedTwiceAndNewest_AreGivenOnceEach()
    {
        var spec = Definitions.Chain with
        {
            Steps =
            [
                .. Definitions.Chain.Steps,
                Definitions.Model("again", "flowers@1", ("x", "raw"), ("logits", "others")),
                Definitions.Model("newest", "flowers", ("x", "raw"), ("logits", "newer")),
            ],
        };

        Assert.Equal([new("acme", "flowers", 1), new("acme", "flowers", 0)], EnsembleRules.Members("acme", spec).OrThrow());
    }

    [Fact]
    public void Pin_Members_FixesVersionAndDigest()
    {
        var pinned = EnsembleRules.Pin("acme", Definitions.Chain.With("classify", step => step with { Model = "flowers" }),
            [Definitions.Version("flowers", 7, Definitions.Classifier)]).OrThrow();

        Assert.Equal(("flowers@7", new string('h', 64)), (pinned.Steps[1].Model, pinned.Steps[1].Sha256));
        Assert.Null(pinned.Steps[0].Sha256);
        Assert.Equal(["flowers@7"], pinned.Members());
    }

    [Fact]
    public void Pin_MemberThatFailedItsGate_IsRefusedWithItsFindings()
    {
        var refusal = EnsembleRules.Pin("acme", Definitions.Chain, [Definitions.Version("flowers", 1, Definitions.Classifier, passed: false)]).Refusal!;

        Assert.Equal(("ensemble-member-gated", "flowers@1"), (refusal.Code, refusal.Where));
        Assert.Contains("The finding.", refusal.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Pin_EnsembleOrSequenceModel_IsRefused()
    {
        Assert.Equal("ensemble-invalid", EnsembleRules.Pin("acme", Definitions.Chain, [Definitions.Version("flowers", 1, Definitions.Classifier, kind: "ensemble")]).Refusal?.Code);
        var stateful = Definitions.Classifier with { Sequence = [new SequenceState("h", "hn")] };
        Assert.Equal("ensemble-invalid", EnsembleRules.Pin("acme", Definitions.Chain, [Definitions.Version("flowers", 1, stateful)]).Refusal?.Code);
    }

    [Fact]
    public void Members_BadForm_IsRefusedNamingTheStep()
    {
        var chain = Definitions.Chain;
        Assert.Equal("ensemble-invalid", EnsembleRules.Members("acme", chain with { Steps = [] }).Refusal?.Code);
        Assert.Equal("ensemble-invalid", EnsembleRules.Members("acme", chain with { Inputs = null! }).Refusal?.Code);
        Assert.Equal("ensemble-invalid", EnsembleRules.Members("acme", chain with { Outputs = [null!] }).Refusal?.Code);
        Assert.Equal("raw", EnsembleRules.Members("acme", chain with { Inputs = [new("raw", TensorDataType.Fp32, [0])] }).Refusal?.Where);
        Assert.Equal("soften", EnsembleRules.Members("acme", chain.With("soften", step => step with { Model = "flowers@1" })).Refusal?.Where);
        Assert.Equal("soften", EnsembleRules.Members("acme", chain.With("soften", step => step with { BuiltIn = null })).Refusal?.Where);
        Assert.Equal("soften", EnsembleRules.Members("acme", chain.With("soften", step => step with { Inputs = Definitions.Map(("x", null!)) })).Refusal?.Where);
        Assert.Equal("scale", EnsembleRules.Members("acme", chain.With("soften", step => step with { Name = "scale" })).Refusal?.Where);
        Assert.Equal("model-version-malformed", EnsembleRules.Members("acme", chain.With("classify", step => step with { Model = "flowers@x" })).Refusal?.Code);
    }
}
