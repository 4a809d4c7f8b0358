using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Datasets;
using AiFactory.Cli.Training;

namespace AiFactory.Cli.Tests.CommandLine;

public sealed class GrammarTests
{
    [Theory]
    [InlineData("up --data d --port 0")]
    [InlineData("down --json")]
    [InlineData("status --url http://127.0.0.1:8080")]
    [InlineData("demo --data d --port 0 --report r.json --keep")]
    [InlineData("dataset infer f.csv")]
    [InlineData("dataset ingest n f.csv --contract c.yaml")]
    [InlineData("dataset list --json")]
    [InlineData("dataset show n@2 --json")]
    [InlineData("dataset versions n")]
    [InlineData("dataset quarantine n --offset 5 --limit 10")]
    [InlineData("train m --dataset n@1 --label y --trainer mlp --shards 2 --epochs 3 --seed 4 --holdout 0.2 --set a=1 --set b=2")]
    [InlineData("training list")]
    [InlineData("training holdout r --out h.csv")]
    [InlineData("model export m@1 --out m.onnx")]
    [InlineData("model import m m.onnx")]
    [InlineData("model import m m.onnx --pad length=0,ids=1 --bucket 32,64")]
    [InlineData("endpoint deploy e --variant a=m@1:50 --variant b=n@1:50 --key id --economy=110,-10,0,0 --durability fsync")]
    [InlineData("endpoint undeploy e")]
    [InlineData("decide e --file r.csv --key id --out d.csv --batch 1 --connections 16")]
    [InlineData("decide e --file r.csv --priority high --timeout-ms 250")]
    [InlineData("outcome report e --file o.csv --key id --decisions d.csv --label y")]
    [InlineData("experiment show e")]
    [InlineData("decision explain silo-1-00000000002f40")]
    [InlineData("cost reconcile")]
    [InlineData("tenant key create")]
    [InlineData("tenant limits show")]
    [InlineData("tenant limits set --requests-per-second 100 --burst 20 --concurrency 8")]
    [InlineData("endpoint deploy e --variant a=m@1:100 --objective-ms 50 --timeout-ms 500 --priority high --replicas 1..4 --breaker 0.5,20 --hedge-ms 0 --cache-seconds 60 --fallback cached --fallback default:{}")]
    [InlineData("doctor")]
    public void Parse_Documented_HasNoErrors(string line) => Assert.Empty(FactoryCommandLine.Create().Parse(line).Errors);

    [Theory]
    [InlineData("train m --dataset n")]
    [InlineData("endpoint deploy e")]
    [InlineData("status --url nowhere")]
    [InlineData("up --port 70000")]
    [InlineData("decide e --file r.csv --batch 0")]
    [InlineData("decide e --file r.csv --timeout-ms 0")]
    [InlineData("decide e --file r.csv --priority urgent")]
    [InlineData("decide e --file r.csv --batch 1001")]
    [InlineData("nonsense")]
    public void Parse_Wrong_HasErrors(string line) => Assert.NotEmpty(FactoryCommandLine.Create().Parse(line).Errors);

    [Theory]
    [InlineData("train m --dataset n --label y --trainer mlp --epochs abc", "factory train", "--epochs takes a whole number, and got 'abc'.")]
    [InlineData("train m --dataset n --label y --trainer mlp --holdout some", "factory train", "--holdout takes a number, and got 'some'.")]
    [InlineData("endpoint deploy e --variant a=m@1:100 --objective-ms x", "factory endpoint deploy", "--objective-ms takes a number, and got 'x'.")]
    [InlineData("endpoint deploy e --variant a=m@1:100 --priority urgent", "factory endpoint deploy", "--priority takes one of high, normal, low, and got 'urgent'.")]
    [InlineData("up --port 70000", "factory up", "Port 70000 is not between 0 and 65535.")]
    [InlineData("endpoint deploy e", "factory endpoint deploy", "Option '--variant' is required.")]
    public void UsageErrors_WrongLine_SaysWhatAndWhere(string line, string where, string what)
    {
        var misused = UsageErrors.Of(FactoryCommandLine.Create().Parse(line))!;

        Assert.Equal((where, what, $"See: {where} --help"), (misused.Where, misused.Message, misused.Mend));
    }

    [Fact]
    public void UsageErrors_CommandUnknown_LeavesTheListOfVerbs() => Assert.Null(UsageErrors.Of(FactoryCommandLine.Create().Parse("dataset frobnicate")));

    [Theory]
    [InlineData("/tmp/My Customers (1).csv", "my-customers--1")]
    [InlineData("churn.csv", "churn")]
    [InlineData("___.csv", "dataset")]
    public void NameOf_FileName_IsAResourceName(string path, string name) => Assert.Equal(name, InferCommand.NameOf(path));

    [Fact]
    public void Hyperparameters_Malformed_IsUsage()
    {
        Assert.Equal(0.01, TrainCommand.Hyperparameters(["learningRate=0.01"])["learningRate"]);
        Assert.Throws<UsageException>(() => TrainCommand.Hyperparameters(["learningRate"]));
    }
}
