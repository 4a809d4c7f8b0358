using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Models;

[Collection(FactoryClusterDefinition.Name)]
public sealed class ModelGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Register_Twice_NumbersAndKeepsVersions()
    {
        var model = Model("numbered");
        await model.Register(Samples.Registration("n1", Samples.Evaluation()));
        var second = await model.Register(Samples.Registration("n2", Samples.Evaluation(0.8)));
        await factory.Deactivate(model);
        await factory.Deactivate(Version("numbered", 2));

        Assert.Equal(2, second.Version);
        Assert.Equal([1, 2], (await model.Get()).Versions.Select(version => version.Version));
        Assert.Equal(0.8, (await Version("numbered", 2).Get()).Evaluation!.Auc.Value);
        Assert.Equal(Samples.Sha("n1"), (await model.GetVersion(1)).ArtifactSha256);
        Assert.Contains("numbered", await factory.Grains.GetGrain<IModelCatalogGrain>("default").List());
    }

    [Fact]
    public async Task Register_SameRegistrationAfterReload_GivesSameVersion()
    {
        var model = Model("idempotent");
        var first = await model.Register(Samples.Registration("once", Samples.Evaluation()));
        await factory.Deactivate(model);
        var again = await model.Register(Samples.Registration("once", Samples.Evaluation()));

        Assert.Equal((1, first.CreatedAt), (again.Version, again.CreatedAt));
        Assert.Single((await model.Get()).Versions);
    }

    [Fact]
    public async Task Register_BelowGate_IsKeptAndMarked()
    {
        var version = await Model("weak").Register(Samples.Registration("w", Samples.Evaluation(auc: 0.55)));
        Assert.False(version.QualityGate.Passed);
        Assert.False((await Version("weak", 1).Get()).QualityGate.Passed);
    }

    [Fact]
    public async Task Create_OtherContent_IsRefused()
    {
        var version = await Model("fixed").Register(Samples.Registration("f", null));
        Assert.Equal("model-version-exists",
            (await Condition.Refused(() => Version("fixed", 1).Create(version with { ArtifactSha256 = Samples.Sha("other") }))).Code);
    }

    [Fact]
    public async Task Get_Unknown_IsRefused()
    {
        Assert.Equal("model-not-found", (await Condition.Refused(Model("unknown").Get)).Code);
        Assert.Equal("model-version-not-found", (await Condition.Refused(Version("unknown", 9).Get)).Code);
    }

    private IModelGrain Model(string name) => factory.Grains.GetGrain<IModelGrain>($"default/{name}");

    private IModelVersionGrain Version(string name, int version) => factory.Grains.GetGrain<IModelVersionGrain>($"default/{name}/{version}");
}
