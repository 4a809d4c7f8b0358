using AiFactory.Domain.Ensembles.BuiltIns;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="ResizeStep"/></summary>
internal sealed class ResizeKernel(ResizeStep step) : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var shape = inputs[0].Shape(row);
            var (height, width) = step.Size(shape[1], shape[2]);
            var from = new PixelArea(shape[2], shape[1], 0, 0, shape[2], shape[1]);
            Bilinear.Resize(inputs[0].Floats(row), shape[0], from, outputs[0].AddFloats(shape[0], height, width), height, width);
        }
    }
}

/// <summary><see cref="PadStep"/></summary>
internal sealed class PadKernel(PadStep step) : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var shape = inputs[0].Shape(row);
            var (height, width) = (step.Padded(shape[1]), step.Padded(shape[2]));
            var x = inputs[0].Floats(row);
            var y = outputs[0].AddFloats(shape[0], height, width);
            y.Fill(step.Value);
            for (var line = 0; line < shape[0] * shape[1]; line++)
            {
                var (channel, at) = (line / shape[1], line % shape[1]);
                x.Slice(line * shape[2], shape[2]).CopyTo(y[(((channel * height) + at) * width)..]);
            }
        }
    }
}

/// <summary>A rectangle of an image.</summary>
/// <param name="ImageWidth">Pixels in a line of the whole image.</param>
/// <param name="ImageHeight">Lines of the whole image.</param>
internal readonly record struct PixelArea(int ImageWidth, int ImageHeight, int Left, int Top, int Width, int Height);

/// <summary>Bilinear interpolation with pixel centres at one half, edges repeated; the <c>half_pixel</c>, <c>linear</c> Resize of ONNX.</summary>
internal static class Bilinear
{
    public static void Resize(ReadOnlySpan<float> image, int channels, PixelArea from, Span<float> into, int height, int width)
    {
        for (var y = 0; y < height; y++)
        {
            var (top, bottom, down) = Between(y, height, from.Height);
            for (var x = 0; x < width; x++)
            {
                var (left, right, across) = Between(x, width, from.Width);
                for (var channel = 0; channel < channels; channel++)
                {
                    var plane = image.Slice(channel * from.ImageHeight * from.ImageWidth, from.ImageHeight * from.ImageWidth);
                    var upper = Mix(plane[At(top, left)], plane[At(top, right)], across);
                    var lower = Mix(plane[At(bottom, left)], plane[At(bottom, right)], across);
                    into[(((channel * height) + y) * width) + x] = Mix(upper, lower, down);
                }
            }
        }

        int At(int line, int column) => ((from.Top + line) * from.ImageWidth) + from.Left + column;
    }

    private static float Mix(float a, float b, float share) => a + ((b - a) * share);

    private static (int First, int Second, float Share) Between(int index, int size, int sourceSize)
    {
        var at = Math.Clamp(((index + 0.5f) * sourceSize / size) - 0.5f, 0, sourceSize - 1);
        var first = (int)at;
        return (first, Math.Min(first + 1, sourceSize - 1), at - first);
    }
}
