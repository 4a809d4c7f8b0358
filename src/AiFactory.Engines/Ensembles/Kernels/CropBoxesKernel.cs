using System.Buffers.Binary;
using AiFactory.Domain.Ensembles.BuiltIns;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="CropBoxesStep"/></summary>
internal sealed class CropBoxesKernel(CropBoxesStep step) : IStepKernel
{
    private readonly AreaFinder _areas = new();

    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var image = inputs[0].Shape(row);
            var map = inputs[1].Shape(row);
            if (map[1] < image[1] || map[2] < image[2])
            {
                throw new InvalidDataException($"The map is {map[1]} by {map[2]}, smaller than the image of {image[1]} by {image[2]}: it must cover the image, one value a pixel.");
            }

            var boxes = Boxes(inputs[1].Floats(row), map[1], map[2], image[1], image[2]);
            foreach (var box in boxes)
            {
                Crop(inputs[0].Floats(row), image, box, outputs);
            }

            counts.Add(boxes.Count);
        }
    }

    private List<Box> Boxes(ReadOnlySpan<float> map, int mapHeight, int mapWidth, int height, int width)
    {
        var boxes = new List<Box>();
        foreach (var area in _areas.Find(map, mapHeight, mapWidth, step.Threshold))
        {
            var (wide, high) = (area.Right - area.Left, area.Bottom - area.Top);
            if (area.Mean < step.ScoreMin || wide < step.SideMin || high < step.SideMin)
            {
                continue;
            }

            // Vatti clipping's offset (area * ratio / perimeter), for a rectangle.
            var grow = (int)MathF.Round(wide * high * step.Grow / (2 * (wide + high)));
            var box = new Box(Math.Max(0, area.Left - grow), Math.Max(0, area.Top - grow), Math.Min(width, area.Right + grow), Math.Min(height, area.Bottom + grow), area.Mean);
            if (box.Left < box.Right && box.Top < box.Bottom)
            {
                boxes.Add(box);
            }
        }

        boxes.Sort((a, b) => b.Score.CompareTo(a.Score));
        boxes.RemoveRange(Math.Min(step.BoxesMax, boxes.Count), Math.Max(0, boxes.Count - step.BoxesMax));
        return InReadingOrder(boxes);
    }

    // Boxes whose middle lies within the first one's height stand on its line.
    private static List<Box> InReadingOrder(List<Box> boxes)
    {
        var left = boxes.OrderBy(box => box.Top).ThenBy(box => box.Left).ToList();
        var ordered = new List<Box>();
        while (left.Count > 0)
        {
            var first = left[0];
            var line = left.Where(box => box == first || (box.Top + box.Bottom) / 2 < first.Bottom).OrderBy(box => box.Left).ToList();
            ordered.AddRange(line);
            left.RemoveAll(line.Contains);
        }

        return ordered;
    }

    private void Crop(ReadOnlySpan<float> image, ReadOnlySpan<int> shape, Box box, IReadOnlyList<StepRows> outputs)
    {
        var (wide, high) = (box.Right - box.Left, box.Bottom - box.Top);
        var width = Math.Clamp((int)MathF.Ceiling(wide * step.Height / (float)high), 1, step.WidthMax);
        var crop = outputs[0].AddFloats(shape[0], step.Height, width);
        Bilinear.Resize(image, shape[0], new(shape[2], shape[1], box.Left, box.Top, wide, high), crop, step.Height, width);
        var corners = outputs[1].Add([4], 4 * sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(corners, box.Left);
        BinaryPrimitives.WriteInt32LittleEndian(corners[4..], box.Top);
        BinaryPrimitives.WriteInt32LittleEndian(corners[8..], box.Right);
        BinaryPrimitives.WriteInt32LittleEndian(corners[12..], box.Bottom);
        outputs[2].AddFloats()[0] = box.Score;
    }

    private readonly record struct Box(int Left, int Top, int Right, int Bottom, float Score);
}
