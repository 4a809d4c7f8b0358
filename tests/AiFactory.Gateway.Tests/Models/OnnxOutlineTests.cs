using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Models;

public sealed class OnnxOutlineTests
{
    [Fact]
    public void ExternalFiles_Graphs_AreFoundWhereverTheTensorStands()
    {
        Assert.Empty(Scan(TestOnnx.Graph()));
        Assert.Equal(["a.data", "b/c.data"], Scan(TestOnnx.Graph("b/c.data", "a.data", "a.data")));
        Assert.Equal(["deep.data"], Scan(TestOnnx.Nested("deep.data")));
    }

    [Fact]
    public void ExternalFiles_CutOffAnywhere_IsRefused()
    {
        var whole = TestOnnx.Nested("deep.data");
        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Equal("artifact-corrupt", Refused(whole[..length])));
    }

    [Theory]
    [InlineData("this is no model")]
    [InlineData("{\"format\":\"aifactory-model-bundle/1\"}")]
    [InlineData("\x08\x08")]
    public void ExternalFiles_OtherFiles_AreRefused(string text) => Assert.Equal("artifact-corrupt", Refused(System.Text.Encoding.ASCII.GetBytes(text)));

    private static IReadOnlyList<string> Scan(byte[] onnx)
    {
        using var stream = new MemoryStream(onnx);
        return OnnxOutline.ExternalFiles(stream, "model.onnx");
    }

    private static string Refused(byte[] onnx) => Assert.Throws<RefusedException>(() => Scan(onnx)).Refusal.Code;
}
