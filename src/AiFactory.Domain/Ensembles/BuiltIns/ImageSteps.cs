using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary><c>resize</c>: an image (FP32, channels, height, width) at another size, bilinear with pixel centres at one half.</summary>
/// <param name="height">Pixels; 0: from <paramref name="sideMax"/>.</param>
/// <param name="width">Pixels; 0: from <paramref name="sideMax"/>.</param>
/// <param name="sideMax">Images with a longer side shrink to it, keeping their proportions; used where no height and width are given.</param>
public sealed class ResizeStep(int height, int width, int sideMax) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["image"];

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) => Images.IsImage(inputs[0])
        ? new TensorSpec[] { new("image", TensorDataType.Fp32, [inputs[0].RowShape[0], .. height > 0 ? [height, width] : Shrunk(inputs[0])]) }
        : Unfit("image", Images.Takes, inputs[0]);

    /// <summary>The size that an image of this size gets.</summary>
    public (int Height, int Width) Size(int imageHeight, int imageWidth)
    {
        if (height > 0)
            return (height, width);
        var longest = Math.Max(imageHeight, imageWidth);
        return longest <= sideMax ? (imageHeight, imageWidth) : (Scaled(imageHeight, longest), Scaled(imageWidth, longest));
    }

    internal static ResizeStep Read(StepParameters parameters)
    {
        var (height, width) = (parameters.Integer("height", 0, 0, Images.SideMax), parameters.Integer("width", 0, 0, Images.SideMax));
        var sideMax = parameters.Integer("sideMax", 0, 0, Images.SideMax);
        if (height > 0 != width > 0 || height > 0 == sideMax > 0)
            parameters.Refuse("height", "must stand with 'width' and without 'sideMax'", "Write height and width, or sideMax alone.");
        return new(height, width, sideMax);
    }

    private int[] Shrunk(TensorSpec image)
    {
        if (image.RowShape[1] < 0 || image.RowShape[2] < 0)
            return [-1, -1];
        var (high, wide) = Size(image.RowShape[1], image.RowShape[2]);
        return [high, wide];
    }

    private int Scaled(int side, int longest) => Math.Max(1, (int)Math.Round(side * (double)sideMax / longest));
}

/// <summary><c>pad</c>: an image (FP32, channels, height, width) made larger to the right and below, until its sides are multiples of a number.</summary>
public sealed class PadStep(int multipleOf, float value) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["image"];

    public float Value => value;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) => Images.IsImage(inputs[0])
        ? new TensorSpec[] { new("image", TensorDataType.Fp32, [inputs[0].RowShape[0], Padded(inputs[0].RowShape[1]), Padded(inputs[0].RowShape[2])]) }
        : Unfit("image", Images.Takes, inputs[0]);

    /// <summary>Length of a side once padded; a free one stays free.</summary>
    public int Padded(int side) => side < 0 ? side : (side + multipleOf - 1) / multipleOf * multipleOf;

    internal static PadStep Read(StepParameters parameters) =>
        new(parameters.Integer("multipleOf", null, 1, Images.SideMax), (float)parameters.Number("value", 0, float.MinValue, float.MaxValue));
}

/// <summary>What image steps take.</summary>
internal static class Images
{
    public const int SideMax = 1 << 14;

    public const string Takes = "FP32 of channels, height and width, channels fixed";

    public static bool IsImage(TensorSpec tensor) => tensor is { DataType: TensorDataType.Fp32, RowShape.Count: 3 } && tensor.RowShape[0] > 0;
}
