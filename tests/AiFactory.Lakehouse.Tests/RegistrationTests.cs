using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Lakehouse.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void AddLakehouse_Twice_RegistersOnce()
    {
        var services = new Services();
        services.AddLakehouse("/data").AddLakehouse("/other");
        Assert.Single(services, service => service.ServiceType == typeof(IObjectStore));
        Assert.Single(services, service => service.ServiceType == typeof(IDatasetTables));
        Assert.Equal("/data", services.Select(service => service.ImplementationInstance).OfType<LakehouseOptions>().Single().RootFolder);
    }

    [Fact]
    public void AddLakehouse_OptionOutOfRange_NamesIt() => Assert.Contains(nameof(LakehouseOptions.DuckDbThreads),
        Assert.Throws<ArgumentException>(() => new Services().AddLakehouse(new LakehouseOptions { RootFolder = "/data", DuckDbThreads = 0 })).Message,
        StringComparison.Ordinal);

    private sealed class Services : List<ServiceDescriptor>, IServiceCollection;
}
