using System.Net;
using System.Net.Sockets;
using AiFactory.Domain.Refusals;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Workers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Tests.Hosting;

public sealed class FactoryOptionsTests
{
    [Fact]
    public void Read_Nothing_GivesDefaults()
    {
        var options = Read();
        Assert.Equal((".aifactory", "silo-1", 8080, true), (options.DataFolder, options.SiloName, options.Port, options.LoopbackOnly));
        Assert.Equal(["cpu-0", "cpu-1"], SiloDevices.Of(options, new("no-such-library.so")).Select(device => device.Name));
    }

    [Fact]
    public void Read_CommandLine_Wins()
    {
        var options = Read("--data", "x", "--port", "0", "--cpu-slots", "3");
        Assert.Equal(("x", 0, 3), (options.DataFolder, options.Port, SiloDevices.Of(options, new("no-such-library.so")).Count));
    }

    [Theory]
    [InlineData("--port", "70000", "AiFactory:Port is '70000'")]
    [InlineData("--port", "many", "AiFactory:Port")]
    [InlineData("--silo-name", "A/B", "AiFactory:SiloName is 'A/B'")]
    [InlineData("--grpc-port", "-2", "AiFactory:GrpcPort is '-2'")]
    [InlineData("--grpc-port", "8080", "AiFactory:GrpcPort is '8080'")]
    [InlineData("--bind", "localhost", "AiFactory:Bind is 'localhost'")]
    [InlineData("--cpu-slots", "0", "AiFactory:CpuSlots is '0'")]
    [InlineData("--otlp-endpoint", "ftp://x", "AiFactory:OtlpEndpoint is 'ftp://x/'")]
    public void Read_BadValue_NamesOptionAndFix(string name, string value, string named)
    {
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(name, value)).Failures);
        Assert.Contains(named, failure, StringComparison.Ordinal);
        Assert.Matches("(Use|Give) ", failure);
    }

    [Theory]
    [InlineData("--bind", "0.0.0.0")]
    [InlineData("--require-api-key", "true")]
    public void Dashboard_KeysRequired_IsOff(string name, string value) => Assert.False(Read(name, value).DashboardOn);

    [Theory]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("127.0.0.1", "true", true)]
    [InlineData("127.0.0.1", "false", false)]
    [InlineData("0.0.0.0", null, true)]
    [InlineData("0.0.0.0", "true", true)]
    public void ApiKeyRequired_ByAddressAndOption_IsAsDocumented(string bind, string? option, bool required) =>
        Assert.Equal(required, Read(["--bind", bind, .. option is null ? Array.Empty<string>() : ["--require-api-key", option]]).ApiKeyRequired);

    [Fact]
    public void Read_NoApiKeysOffLoopback_NamesOptionAndFix()
    {
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Read("--bind", "0.0.0.0", "--require-api-key", "false")).Failures);
        Assert.StartsWith("AiFactory:RequireApiKey is 'False'. Use true", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_PortTaken_IsRefused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal("port-unusable", Assert.Throws<RefusedException>(() => HttpPort.Check(new FactoryOptions { Port = port })).Refusal.Code);
    }

    private static FactoryOptions Read(params string[] args)
    {
        using var configuration = new ConfigurationManager();
        return configuration.ReadFactoryOptions(args);
    }
}
