using AiFactory.Domain.Models;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Models;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Decisions;

[Collection(FactoryClusterDefinition.Name)]
public sealed class ModelDecisionClassesTests(FactoryCluster factory)
{
    [Fact]
    public async Task ClassesOf_VersionRegisteredLater_IsFoundThen()
    {
        var classes = new ModelDecisionClasses(factory.Grains);
        var key = new ModelVersionKey("default", "classes", 1);
        Assert.Null(await classes.ClassesOf(key, TestContext.Current.CancellationToken));

        await factory.Grains.GetGrain<IModelGrain>("default/classes").Register(Samples.Registration("classes", null));

        Assert.Equal(Samples.Classes, await classes.ClassesOf(key, TestContext.Current.CancellationToken));
    }
}
