using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>
/// <c>crop-boxes</c>: finds upright boxes in a probability map and cuts each out of the image at one height, after the post-processing of differentiable
/// binarisation (Liao et al. 2020) with upright boxes in place of rotated ones: connected areas at or above <c>threshold</c>, kept when their mean probability is
/// at least <c>scoreMin</c> and both sides at least <c>sideMin</c>, grown by area * <c>grow</c> / perimeter on each side, ordered by lines from top to bottom and
/// within one from left to right. Many rows out of one: <c>crops</c> (FP32, channels, height, any width), <c>boxes</c> (INT32: left, top, right, bottom, in pixels
/// of the image, right and bottom exclusive) and <c>scores</c> (FP32).
/// </summary>
public sealed class CropBoxesStep(float threshold, float scoreMin, int sideMin, float grow, int height, int widthMax, int boxesMax) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["image", "map"];

    public override bool FansOut => true;

    public float Threshold => threshold;

    public float ScoreMin => scoreMin;

    public int SideMin => sideMin;

    public float Grow => grow;

    /// <summary>Of every crop, in pixels.</summary>
    public int Height => height;

    /// <summary>Widest crop in pixels; wider boxes are squeezed.</summary>
    public int WidthMax => widthMax;

    /// <summary>Most boxes of one image: the best scored are kept.</summary>
    public int BoxesMax => boxesMax;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs)
    {
        if (!Images.IsImage(inputs[0]))
            return Unfit("image", Images.Takes, inputs[0]);
        return Images.IsImage(inputs[1]) && inputs[1].RowShape[0] == 1
            ? new TensorSpec[]
            {
                new("crops", TensorDataType.Fp32, [inputs[0].RowShape[0], height, -1]), new("boxes", TensorDataType.Int32, [4]), new("scores", TensorDataType.Fp32, []),
            }
            : Unfit("map", "FP32 of 1, height and width", inputs[1]);
    }

    internal static CropBoxesStep Read(StepParameters parameters) => new(
        (float)parameters.Number("threshold", 0.3, 0, 1),
        (float)parameters.Number("scoreMin", 0.6, 0, 1),
        parameters.Integer("sideMin", 3, 1, Images.SideMax),
        (float)parameters.Number("grow", 1.5, 0, 10),
        parameters.Integer("height", 48, 1, Images.SideMax),
        parameters.Integer("widthMax", 2048, 1, Images.SideMax),
        parameters.Integer("boxesMax", 256, 1, 4096));
}
