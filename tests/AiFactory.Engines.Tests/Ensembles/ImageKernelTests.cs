using System.Runtime.InteropServices;

namespace AiFactory.Engines.Tests.Ensembles;

public sealed class ImageKernelTests
{
    // The example of ONNX's Resize, mode linear, coordinates half_pixel.
    [Fact]
    public void Resize_TwiceAsLarge_IsOnnxs()
    {
        var (outputs, _) = Steps.Run("resize", new { height = 4, width = 4 }, Steps.Floats([1, 2, 2], [1, 2, 3, 4]));

        Assert.Equal([1, 1.25f, 1.75f, 2, 1.5f, 1.75f, 2.25f, 2.5f, 2.5f, 2.75f, 3.25f, 3.5f, 3, 3.25f, 3.75f, 4], outputs[0].Floats(0).ToArray());
    }

    [Fact]
    public void Resize_LongestSide_KeepsProportionsAndSmallImages()
    {
        var image = Steps.Ragged([1, -1, -1], ([1, 2, 8], [.. Enumerable.Range(0, 16).Select(i => (float)i)]), ([1, 1, 2], [5, 6]));

        var (outputs, _) = Steps.Run("resize", new { sideMax = 4 }, image);

        Assert.Equal([1, 1, 4], outputs[0].Shape(0).ToArray());
        Assert.Equal([4.5f, 6.5f, 8.5f, 10.5f], outputs[0].Floats(0).ToArray());
        Assert.Equal([5, 6], outputs[0].Floats(1).ToArray());
    }

    [Fact]
    public void Pad_SidesBecomeMultiples_ImageStaysInItsCorner()
    {
        var (outputs, _) = Steps.Run("pad", new { multipleOf = 2, value = -1 }, Steps.Floats([2, 1, 3], [1, 2, 3, 4, 5, 6]));

        Assert.Equal([2, 2, 4], outputs[0].Shape(0).ToArray());
        Assert.Equal([1, 2, 3, -1, -1, -1, -1, -1, 4, 5, 6, -1, -1, -1, -1, -1], outputs[0].Floats(0).ToArray());
    }

    [Fact]
    public void CropBoxes_AreasOfAMap_ComeInReadingOrderAtOneHeight()
    {
        var (image, map) = Page(40, 60);
        Fill(map, 60, left: 30, top: 6, width: 12, height: 6, 0.9f);
        Fill(map, 60, left: 4, top: 8, width: 10, height: 5, 0.8f);
        Fill(map, 60, left: 10, top: 25, width: 20, height: 5, 0.7f);
        Fill(map, 60, left: 50, top: 30, width: 2, height: 2, 0.9f);
        Fill(map, 60, left: 40, top: 30, width: 5, height: 5, 0.4f);

        var (outputs, counts) = Steps.Run("crop-boxes", new { grow = 1.0, height = 8 }, Steps.Floats([1, 40, 60], image), Steps.Floats([1, 40, 60], map));

        // Grown by area / perimeter: 2, 1.67 and 2 pixels, rounded.
        Assert.Equal([3], counts);
        Assert.Equal([2, 6, 16, 15, 28, 4, 44, 14, 8, 23, 32, 32], Enumerable.Range(0, 3).SelectMany(row => MemoryMarshal.Cast<byte, int>(outputs[1].Bytes(row)).ToArray()));
        Assert.Equal([0.8f, 0.9f, 0.7f], Enumerable.Range(0, 3).Select(row => MathF.Round(outputs[2].Floats(row)[0], 5)));
        Assert.Equal([1, 8, 13], outputs[0].Shape(0).ToArray());
    }

    [Fact]
    public void CropBoxes_CropOfItsOwnSize_IsThePixelsOfTheImage()
    {
        var (image, map) = Page(10, 10);
        Fill(map, 10, left: 2, top: 3, width: 5, height: 4, 1);

        var (outputs, _) = Steps.Run("crop-boxes", new { grow = 0, height = 4 }, Steps.Floats([1, 10, 10], image), Steps.Floats([1, 10, 10], map));

        Assert.Equal([.. Enumerable.Range(3, 4).SelectMany(y => Enumerable.Range(2, 5).Select(x => (float)((y * 10) + x)))], outputs[0].Floats(0).ToArray());
    }

    [Fact]
    public void CropBoxes_NothingFoundOrTooMany_GivesNoneOrTheBest()
    {
        var (image, empty) = Page(10, 10);
        var two = (float[])empty.Clone();
        Fill(two, 10, left: 0, top: 0, width: 4, height: 4, 0.7f);
        Fill(two, 10, left: 6, top: 6, width: 4, height: 4, 0.8f);

        var (outputs, counts) = Steps.Run("crop-boxes", new { boxesMax = 1 }, Steps.Floats([1, 10, 10], image, image), Steps.Floats([1, 10, 10], empty, two));

        Assert.Equal([0, 1], counts);
        Assert.Equal(0.8f, outputs[2].Floats(0)[0], 1e-5);
    }

    [Fact]
    public void CropBoxes_MapSmallerThanTheImage_Fails()
    {
        var (image, _) = Page(4, 4);

        Assert.Throws<InvalidDataException>(() => Steps.Run("crop-boxes", null, Steps.Floats([1, 4, 4], image), Steps.Floats([1, 2, 2], new float[4])));
    }

    // Every pixel is its own number.
    private static (float[] Image, float[] Map) Page(int height, int width) => ([.. Enumerable.Range(0, height * width).Select(i => (float)i)], new float[height * width]);

    private static void Fill(float[] map, int mapWidth, int left, int top, int width, int height, float value)
    {
        for (var y = top; y < top + height; y++)
        {
            map.AsSpan((y * mapWidth) + left, width).Fill(value);
        }
    }
}
