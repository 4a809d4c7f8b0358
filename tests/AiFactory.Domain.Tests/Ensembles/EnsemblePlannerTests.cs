using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Tests.Ensembles;

public sealed class EnsemblePlannerTests
{
    [Fact]
    public void Plan_StepsInAnyOrder_RunInTheOrderOfTheirTensors()
    {
        var plan = Plan(Definitions.Chain with { Steps = [.. Definitions.Chain.Steps.Reverse()] }).OrThrow();

        Assert.Equal(["scale", "classify", "soften", "choose"], plan.Steps.Select(step => step.Step.Name));
        Assert.Equal(("raw", 4), (Assert.Single(plan.Signature.Inputs).Name, plan.Signature.Inputs[0].RowElements));
        Assert.Equal([("class", TensorDataType.Int64, 1), ("probabilities", TensorDataType.Fp32, 3)],
            plan.Signature.Outputs.Select(output => (output.Name, output.DataType, output.RowElements)));
        Assert.True(plan.Signature.Batched);
        Assert.Null(plan.Steps[3].Outputs[1]);
    }

    [Fact]
    public void Plan_Circle_IsRefusedNamingItsSteps()
    {
        var refusal = Refused(Definitions.Chain.With("scale", step => step with { Inputs = Definitions.Map(("x", "probabilities")) }));

        Assert.Contains("scale, classify, soften", refusal.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("choose", "x", "nothing", "takes tensor 'nothing'")]
    [InlineData("choose", "z", "logits", "has no input 'z'")]
    [InlineData("classify", "x", "probabilities2", "takes tensor 'probabilities2'")]
    public void Plan_InputBoundWrongly_IsRefusedNamingTheStep(string step, string input, string tensor, string what)
    {
        var refusal = Refused(Definitions.Chain.With(step, kept => kept with { Inputs = Definitions.Map((input, tensor)) }));

        Assert.Equal(step, refusal.Where);
        Assert.Contains(what, refusal.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_InputOfAModelNotBound_IsRefused()
    {
        var two = new ModelSignature([new("x", TensorDataType.Fp32, [4]), new("mask", TensorDataType.Fp32, [4])], Definitions.Classifier.Outputs);

        var refusal = EnsemblePlanner.Plan(Definitions.Chain, new Dictionary<string, ModelSignature> { ["classify"] = two }).Refusal!;

        Assert.Contains("'mask'", refusal.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TensorDataType.Fp64, 4)]
    [InlineData(TensorDataType.Fp32, 5)]
    [InlineData(TensorDataType.Fp32, -1)]
    public void Plan_TypeOrShapeThatTheModelDoesNotTake_IsRefusedWithBoth(TensorDataType type, int width)
    {
        var spec = Definitions.Chain with { Inputs = [new("raw", type, [width])] };
        var refusal = Refused(type == TensorDataType.Fp32 ? spec : spec with
        {
            Steps = [.. spec.Steps.Skip(1).Select(step => step.Name == "classify" ? step with { Inputs = Definitions.Map(("x", "raw")) } : step)],
        });

        Assert.Equal("classify", refusal.Where);
        Assert.Contains("Fp32[4]", refusal.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_ModelWithAFreeAxis_TakesAnyLength()
    {
        var free = new ModelSignature([new("x", TensorDataType.Fp32, [-1])], [new("logits", TensorDataType.Fp32, [3])]);

        Assert.True(EnsemblePlanner.Plan(Definitions.Chain, new Dictionary<string, ModelSignature> { ["classify"] = free }).Granted);
    }

    [Fact]
    public void Plan_ModelWithoutABatchAxis_TakesRowsAsBatchesOfOne()
    {
        var alone = new ModelSignature([new("x", TensorDataType.Fp32, [-1, 4])], [new("logits", TensorDataType.Fp32, [-1, 3])], Batched: false);

        var plan = EnsemblePlanner.Plan(Definitions.Chain, new Dictionary<string, ModelSignature> { ["classify"] = alone }).OrThrow();

        Assert.Equal([3], plan.Signature.Outputs[1].RowShape);
        var two = alone with { Outputs = [new("logits", TensorDataType.Fp32, [2, 3])] };
        Assert.Equal("classify", EnsemblePlanner.Plan(Definitions.Chain, new Dictionary<string, ModelSignature> { ["classify"] = two }).Refusal?.Where);
    }

    [Fact]
    public void Plan_TensorMadeTwiceOrUnusedOrMissing_IsRefused()
    {
        Assert.Equal("raw", Refused(Definitions.Chain.With("soften", step => step with { Outputs = Definitions.Map(("y", "raw")) })).Where);
        Assert.Equal("idle", Refused(Definitions.Chain with { Inputs = [.. Definitions.Chain.Inputs, new("idle", TensorDataType.Fp32, [1])] }).Where);
        Assert.Equal("choose", Refused(Definitions.Chain with { Outputs = ["probabilities"] }).Where);
        Assert.Equal("absent", Refused(Definitions.Chain with { Outputs = ["class", "probabilities", "absent"] }).Where);
        Assert.Equal("class", Refused(Definitions.Chain with { Outputs = ["class", "probabilities", "class"] }).Where);
        Assert.Equal("soften", Refused(Definitions.Chain.With("soften", step => step with { Outputs = Definitions.Map(("q", "probabilities")) })).Where);
    }

    [Fact]
    public void Plan_BuiltInUnknownOrWithBadParameters_IsRefusedWithWhatThereIs()
    {
        Assert.Contains("softmax", Refused(Definitions.Chain.With("soften", step => step with { BuiltIn = "hardmax" })).Mend, StringComparison.Ordinal);
        Assert.Contains("'temperature'", Refused(Chain("softmax", ("temperature", 2))).What, StringComparison.Ordinal);
        Assert.Contains("'k'", Refused(Chain("top-k")).What, StringComparison.Ordinal);
        Assert.Contains("'k'", Refused(Chain("top-k", ("k", "many"))).What, StringComparison.Ordinal);
        Assert.Contains("at least 9", Refused(Chain("top-k", ("k", 9))).What, StringComparison.Ordinal);

        static EnsembleSpec Chain(string builtIn, params (string, object)[] parameters) => Definitions.Chain with
        {
            Steps = [.. Definitions.Chain.Steps.Take(2), Definitions.BuiltIn("soften", builtIn, ("x", "logits"), ("y", "probabilities"), parameters)],
            Outputs = ["probabilities"],
        };
    }

    [Fact]
    public void Plan_ManyRowsOfOne_GiveATensorWithAFreeAxisAndMixWithNoOthers()
    {
        var reader = new ModelSignature([new("x", TensorDataType.Fp32, [3, 48, -1])], [new("p", TensorDataType.Fp32, [-1, 3])]);
        var crop = Definitions.BuiltIn("crop", "crop-boxes", ("image", "image"), ("crops", "crops")) with
        {
            Inputs = Definitions.Map(("image", "image"), ("map", "map")),
            Outputs = Definitions.Map(("crops", "crops"), ("boxes", "boxes")),
        };
        var decode = Definitions.BuiltIn("decode", "ctc-decode", ("probabilities", "p"), ("text", "texts"), ("characters", new[] { "a", "b" }));
        var spec = new EnsembleSpec([new("image", TensorDataType.Fp32, [3, -1, -1]), new("map", TensorDataType.Fp32, [1, -1, -1])],
            [crop, Definitions.Model("read", "reader@1", ("x", "crops"), ("p", "p")), decode], ["texts", "boxes"]);
        var members = new Dictionary<string, ModelSignature> { ["read"] = reader };

        var plan = EnsemblePlanner.Plan(spec, members).OrThrow();

        Assert.Equal([-1], plan.Signature.Outputs[0].RowShape);
        Assert.Equal([-1, 4], plan.Signature.Outputs[1].RowShape);
        Assert.Equal("crop", plan.Outputs[0].Fan);
        Assert.Equal("crops", EnsemblePlanner.Plan(spec with { Outputs = ["texts", "boxes", "crops"] }, members).Refusal?.Where);
        var mixed = crop with { Name = "mixed", Inputs = Definitions.Map(("image", "crops"), ("map", "map")), Outputs = Definitions.Map(("boxes", "inner")) };
        Assert.Equal("mixed", EnsemblePlanner.Plan(spec with { Steps = [.. spec.Steps, mixed], Outputs = ["texts", "boxes", "inner"] }, members).Refusal?.Where);
    }

    private static Refusal Refused(EnsembleSpec spec)
    {
        var refusal = Plan(spec).Refusal;
        Assert.Equal("ensemble-invalid", refusal?.Code);
        return refusal!;
    }

    private static Ruling<EnsemblePlan> Plan(EnsembleSpec spec) => EnsemblePlanner.Plan(spec, new Dictionary<string, ModelSignature> { ["classify"] = Definitions.Classifier });
}
