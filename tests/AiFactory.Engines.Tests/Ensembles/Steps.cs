using System.Text.Json;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Domain.Models;
using AiFactory.Engines.Ensembles;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Ensembles;

/// <summary>Runs one built-in step on rows written out in the test.</summary>
internal static class Steps
{
    /// <summary>The step's outputs for these inputs, and how many rows it made of each.</summary>
    public static (StepRows[] Outputs, List<int> Counts) Run(string builtIn, object? parameters, params StepRows[] inputs)
    {
        var given = JsonSerializer.SerializeToElement(parameters ?? new { }).EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value);
        var names = new Dictionary<string, string> { ["a"] = "a" };
        var step = BuiltInCatalog.Create(new EnsembleStep("step", names, names, BuiltIn: builtIn, Parameters: given)).OrThrow();
        var outputs = step.Infer([.. inputs.Select(input => input.Spec)]).OrThrow().Select(spec => new StepRows(spec)).ToArray();
        var counts = new List<int>();
        StepKernels.Of(step).Run(inputs, outputs, counts);
        return (outputs, counts);
    }

    /// <summary>FP32 rows of one shape.</summary>
    public static StepRows Floats(int[] shape, params float[][] rows)
    {
        var made = new StepRows(new TensorSpec("x", TensorDataType.Fp32, shape));
        foreach (var row in rows)
        {
            row.CopyTo(made.AddFloats(shape));
        }

        return made;
    }

    /// <summary>FP32 rows of a tensor with free axes, each with its own shape.</summary>
    public static StepRows Ragged(int[] shape, params (int[] Shape, float[] Values)[] rows)
    {
        var made = new StepRows(new TensorSpec("x", TensorDataType.Fp32, shape));
        foreach (var row in rows)
        {
            row.Values.CopyTo(made.AddFloats(row.Shape));
        }

        return made;
    }

    public static StepRows Texts(params string[] rows)
    {
        var made = new StepRows(new TensorSpec("text", TensorDataType.Bytes, []));
        foreach (var row in rows)
        {
            var bytes = Rows.Text(row);
            bytes.CopyTo(made.Add([], bytes.Length));
        }

        return made;
    }
}
