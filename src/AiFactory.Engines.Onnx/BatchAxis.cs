using System.Text.RegularExpressions;

namespace AiFactory.Engines.Onnx;

/// <param name="Sizes">-1 where the axis is free.</param>
/// <param name="Names">Names of the axes; empty where one has none.</param>
internal readonly record struct TensorAxes(IReadOnlyList<int> Sizes, IReadOnlyList<string> Names);

/// <summary>
/// Whether a model's rows may be run together. They may if the first axis of every input and output is free, and
/// either all first axes have one name, which no other axis has (it then is the model's own statement that they are the same axis);
/// or no other axis is free, and every first axis has no name, a usual name of a batch, or one that an exporter made up.
/// In doubt they may not: the model then runs as it stands in the file, one request at a time, which is slower and never wrong.
/// </summary>
internal static partial class BatchAxis
{
    public static bool Exists(IReadOnlyList<TensorAxes> tensors)
    {
        if (tensors.Any(tensor => tensor.Sizes.Count == 0 || tensor.Sizes[0] >= 0))
        {
            return false;
        }

        var name = tensors[0].Names[0];
        if (name.Length > 0 && tensors.All(tensor => tensor.Names[0] == name))
        {
            return tensors.All(tensor => !tensor.Names.Skip(1).Contains(name));
        }

        return tensors.All(tensor => tensor.Sizes.Skip(1).All(size => size >= 0) && SaysBatchOrNothing().IsMatch(tensor.Names[0]));
    }

    // unk__7: tf2onnx; p2o.DynamicDimension.0: Paddle; x_dynamic_axes_1: PyTorch.
    [GeneratedRegex(@"^(|\?|n|b|bs|none|batch([_ ]?(size|dim))?|unk__\d+|(p2o\.)?DynamicDimension\.\d+|.*_dynamic_axes_\d+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SaysBatchOrNothing();
}
