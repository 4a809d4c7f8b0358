using System.Text.Json;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Ensembles;
using AiFactory.Engines.Tests.Support;

namespace AiFactory.Engines.Tests.Ensembles;

public sealed class KernelTests
{
    [Fact]
    public void Normalise_OneMeanForEachChannel_AppliesAlongTheAxis()
    {
        var image = Steps.Floats([3, 1, 2], [10, 20, 30, 40, 50, 60], [0, 0, 0, 0, 0, 0]);

        var (outputs, _) = Steps.Run("normalise", new { mean = new[] { 10, 30, 50 }, scale = new[] { 1, 2, 0.5 } }, image);

        Assert.Equal([0, 10, 0, 20, 0, 5], outputs[0].Floats(0).ToArray());
        Assert.Equal([-10, -10, -60, -60, -25, -25], outputs[0].Floats(1).ToArray());
    }

    [Fact]
    public void Normalise_LastAxisOrBytes_AreTakenToo()
    {
        var (last, _) = Steps.Run("normalise", new { mean = new[] { 1, 2 }, axis = 1 }, Steps.Floats([2, 2], [1, 2, 3, 4]));
        var bytes = new StepRows(new TensorSpec("x", TensorDataType.UInt8, [2]));
        new byte[] { 0, 255 }.CopyTo(bytes.Add([2], 2));
        var (scaled, _) = Steps.Run("normalise", new { scale = 1 / 255.0 }, bytes);

        Assert.Equal([0, 0, 2, 2], last[0].Floats(0).ToArray());
        Assert.Equal([0, 1], scaled[0].Floats(0).ToArray());
    }

    [Fact]
    public void Normalise_MeansThatDoNotFitTheAxis_IsRefused() =>
        Assert.Equal("ensemble-invalid", Assert.Throws<RefusedException>(() => Steps.Run("normalise", new { mean = new[] { 1, 2 } }, Steps.Floats([3], [1, 2, 3]))).Refusal.Code);

    [Fact]
    public void Threshold_EqualAndNaN_AreAboveAndBelow()
    {
        var (outputs, _) = Steps.Run("threshold", new { at = 0.5 }, Steps.Floats([4], [0.4f, 0.5f, 0.6f, float.NaN]));

        Assert.Equal([0, 1, 1, 0], outputs[0].Bytes(0).ToArray());
    }

    // numpy: e = exp(x - x.max()); e / e.sum()
    [Fact]
    public void Softmax_RowsOfTheLastAxis_AreNumpys()
    {
        var (outputs, _) = Steps.Run("softmax", null, Steps.Floats([2, 3], [1, 2, 3, 1000, 1000, 1000]));

        float[] expected = [0.09003057f, 0.24472848f, 0.66524094f, 1 / 3f, 1 / 3f, 1 / 3f];
        Assert.All(expected.Zip(outputs[0].Floats(0).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Argmax_Equals_GivesTheFirst()
    {
        var (outputs, _) = Steps.Run("argmax", null, Steps.Floats([2, 3], [1, 7, 7, -3, -1, -2]));

        Assert.Equal([1, 1], outputs[0].Longs(0).ToArray());
        Assert.Equal([7, -1], outputs[1].Floats(0).ToArray());
    }

    [Fact]
    public void TopK_Equals_AreInOrderAndNaNIsLast()
    {
        var (outputs, _) = Steps.Run("top-k", new { k = 3 }, Steps.Floats([5], [2, float.NaN, 9, 2, 1], [5, 4, 3, 2, 1]));

        Assert.Equal([2, 0, 3], outputs[0].Longs(0).ToArray());
        Assert.Equal([9, 2, 2], outputs[1].Floats(0).ToArray());
        Assert.Equal([0, 1, 2], outputs[0].Longs(1).ToArray());
    }

    [Fact]
    public void Label_IndexOutOfRange_IsEmpty()
    {
        var indices = new StepRows(new TensorSpec("index", TensorDataType.Int64, [3]));
        new long[] { 1, -1, 2 }.CopyTo(indices.AddLongs(3));

        var (outputs, _) = Steps.Run("label", new { labels = new[] { "setosa", "vervet" } }, indices);

        Assert.Equal([.. Rows.Text("vervet"), .. Rows.Text(""), .. Rows.Text("")], outputs[0].Bytes(0).ToArray());
    }

    // The vocabulary and texts of BERT's own test of its tokeniser.
    [Theory]
    [InlineData("unwanted running", new long[] { 7, 4, 5, 8, 9 })]
    [InlineData("unwantedX running", new long[] { 0, 8, 9 })]
    [InlineData("UNWANTED, want!", new long[] { 7, 4, 5, 0, 3, 0 })]
    [InlineData("", new long[0])]
    public void Tokenise_WordPieces_AreBerts(string text, long[] tokens)
    {
        string[] vocabulary = ["[UNK]", "[CLS]", "[SEP]", "want", "##want", "##ed", "wa", "un", "runn", "##ing", "[PAD]"];

        var (outputs, _) = Steps.Run("tokenise", new { vocabulary, length = 10, first = "[CLS]", last = "[SEP]" }, Steps.Texts(text));

        long[] all = [1, .. tokens, 2];
        Assert.Equal([.. all, .. Enumerable.Repeat(10L, 10 - all.Length)], outputs[0].Longs(0).ToArray());
        Assert.Equal([.. Enumerable.Repeat(1L, all.Length), .. Enumerable.Repeat(0L, 10 - all.Length)], outputs[1].Longs(0).ToArray());
    }

    [Fact]
    public void Tokenise_LongText_IsCutBeforeItsLastToken()
    {
        string[] vocabulary = ["a", "b", "?", "_", "^"];

        var (outputs, _) = Steps.Run("tokenise", new { vocabulary, length = 4, wordpiece = false, unknown = "?", padding = "_", last = "^" }, Steps.Texts("a b ab a a a"));

        Assert.Equal([0, 1, 2, 4], outputs[0].Longs(0).ToArray());
    }

    [Fact]
    public void CtcDecode_RepetitionsAndBlanks_AreTakenOut()
    {
        // a a - a b: the blank keeps the two a apart.
        float[] path = [0.1f, 0.9f, 0, 0.2f, 0.8f, 0, 0.9f, 0.1f, 0, 0.4f, 0.6f, 0, 0, 0.1f, 0.9f];
        var rows = Steps.Ragged([-1, 3], ([5, 3], path), ([1, 3], [1, 0, 0]));

        var (outputs, _) = Steps.Run("ctc-decode", new { characters = new[] { "ä", "b" } }, rows);

        Assert.Equal(Rows.Text("ääb"), outputs[0].Bytes(0).ToArray());
        Assert.Equal((0.9f + 0.6f + 0.9f) / 3, outputs[1].Floats(0)[0], 1e-6);
        Assert.Equal(Rows.Text(""), outputs[0].Bytes(1).ToArray());
        Assert.Equal(0, outputs[1].Floats(1)[0]);
    }

    [Fact]
    public void StepKernels_EveryBuiltIn_HasOne()
    {
        var names = new Dictionary<string, string> { ["a"] = "a" };
        var parameters = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
            """{"label": {"labels": ["a"]}, "tokenise": {"vocabulary": ["[UNK]", "[PAD]"], "length": 4}, "resize": {"sideMax": 4}, "pad": {"multipleOf": 2}, "top-k": {"k": 1}, "ctc-decode": {"characters": ["a"]}}""")!;

        Assert.All(BuiltInCatalog.Names, name =>
        {
            var given = parameters.TryGetValue(name, out var values) ? values.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value) : null;
            var step = BuiltInCatalog.Create(new EnsembleStep("step", names, names, BuiltIn: name, Parameters: given)).OrThrow();
            Assert.NotNull(StepKernels.Of(step));
        });
    }
}
