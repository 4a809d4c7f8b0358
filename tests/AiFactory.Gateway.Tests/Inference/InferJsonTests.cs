using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Inference;

public sealed class InferJsonTests
{
    [Theory]
    [InlineData("[1,2.5,-3]", 3)]
    [InlineData(" [ 1 , 2.5 ,\n\t-3e2 ] ", 3)]
    [InlineData("[7]", 1)]
    [InlineData("[]", 0)]
    [InlineData("[[1,2]]", 0)]
    [InlineData("[1,null]", 0)]
    [InlineData("[1,\"2\"]", 0)]
    [InlineData("[1.00000000000000000001]", 0)]
    [InlineData("null", 0)]
    public void Read_Data_TakesFlatNumbersAtOnceAndFindsAllElseWhereItStands(string data, int singles)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"inputs":[{"name":"x","data":{{{data}}},"shape":[1,3],"datatype":"FP32"},{"data":[4,5],"name":"y","shape":[2],"datatype":"INT64"}],"id":"r-1","parameters":{"key":"k"}}""");
        var request = new InferEnvelope();
        InferJson.Read(request, body);

        Assert.Equal(("r-1", "k", 2), (request.Id, request.Key, request.Inputs.Count));
        var (first, second) = (request.Inputs[0], request.Inputs[1]);
        Assert.Equal(singles * sizeof(float), first.SinglesLength);
        Assert.Equal([("x", "FP32", data.Trim()), ("y", "INT64", "[4,5]")], [Found(first, body), Found(second, body)]);
        Assert.Equal([1L, 3, 2], request.Dimensions);
        var values = MemoryMarshal.Cast<byte, float>(request.Singles.Span.Slice(first.SinglesStart, first.SinglesLength));
        Assert.Equal(singles == 0 ? [] : JsonSerializer.Deserialize<float[]>(data)!, values.ToArray());
    }

    [Theory]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2]]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2] "shape":[2]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2]}]""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2,]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[01]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1 2]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2]}]} 3""")]
    public void Read_NotJson_Throws(string body) =>
        Assert.ThrowsAny<JsonException>(() => InferJson.Read(new InferEnvelope(), Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Read_NoInputs_IsRefused() =>
        Assert.Equal("request-malformed", Assert.Throws<RefusedException>(() => InferJson.Read(new InferEnvelope(), "{\"inputs\":[]}"u8)).Refusal.Code);

    private static (string Name, string Type, string Data) Found(TensorEntry entry, byte[] body) => (Text(entry.Name, body), Text(entry.DataType, body), Text(entry.Data, body));

    private static string Text(JsonToken token, byte[] body) => Encoding.UTF8.GetString(token.Bytes(body));
}
