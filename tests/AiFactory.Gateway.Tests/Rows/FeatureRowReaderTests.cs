using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Decisions;

namespace AiFactory.Gateway.Rows;

public sealed class FeatureRowReaderTests
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly TensorSpec[] Inputs =
    [
        new("age", TensorDataType.Fp32, [1]),
        new("plan é", TensorDataType.Bytes, [1]),
        new("visits", TensorDataType.Int64, []),
        new("spend", TensorDataType.Fp64, [1]),
        new("image", TensorDataType.Fp32, [2, 2]),
    ];

    [Fact]
    public void Read_AnyOrderWhiteSpaceAndEscapes_EqualsSystemTextJson()
    {
        var random = new Random(20);
        for (var i = 0; i < 2000; i++)
        {
            var json = RandomObject(random);
            var (row, unit) = Read(json, "customer");

            using var parsed = JsonDocument.Parse(json);
            Assert.Equal(Expected(parsed.RootElement), row);
            Assert.Equal(parsed.RootElement.GetProperty("customer").ToString(), unit);
        }
    }

    [Theory]
    [InlineData("null", float.NaN)]
    [InlineData("0", 0f)]
    [InlineData("-0.0", -0f)]
    [InlineData("16777217", 16777217f)]
    [InlineData("0.1", 0.1f)]
    [InlineData("3.4028235e38", float.MaxValue)]
    [InlineData("1e-46", 0f)]
    [InlineData("123456789012345678901234567890", 1.2345679E+29f)]
    public void Read_Number_GivesNearestSingle(string json, float expected)
    {
        var (row, _) = Read($$"""{"x":{{json}}}""", null, new TensorSpec("x", TensorDataType.Fp32, [1]));

        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.ToInt32(row));
    }

    [Fact]
    public void Read_RandomDecimals_GivesNearestSingle()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var text = (random.NextDouble() * Math.Pow(10, random.Next(-8, 9))).ToString($"F{random.Next(0, 11)}", System.Globalization.CultureInfo.InvariantCulture);
            var (row, _) = Read($$"""{"x":{{text}}}""", null, new TensorSpec("x", TensorDataType.Fp32, [1]));

            Assert.Equal(float.Parse(text, System.Globalization.CultureInfo.InvariantCulture), BitConverter.ToSingle(row));
        }
    }

    [Theory]
    [InlineData("""{"x":"NaN"}""", "field-invalid", "x")]
    [InlineData("""{"x":"12"}""", "field-invalid", "x")]
    [InlineData("""{"x":true}""", "field-invalid", "x")]
    [InlineData("""{"x":1e39}""", "field-invalid", "x")]
    [InlineData("""{"x":{}}""", "field-invalid", "x")]
    [InlineData("""{"x":[1,2]}""", "field-invalid", "x")]
    [InlineData("""{"x":[null,"a"]}""", "field-invalid", "x")]
    [InlineData("""{}""", "field-missing", "x")]
    [InlineData("""{"x":1,"y":2}""", "field-unknown", "y")]
    [InlineData("""{"x":1,"x":2}""", "field-repeated", "x")]
    public void Read_WrongField_IsRefusedByName(string json, string code, string field)
    {
        var refusal = Assert.Throws<RefusedException>(() => Read(json, null, new TensorSpec("x", TensorDataType.Fp32, [1]))).Refusal;

        Assert.Equal((code, RefusalKind.Unprocessable, field), (refusal.Code, refusal.Kind, refusal.Where));
        Assert.NotNull(refusal.Mend);
    }

    [Theory]
    [InlineData(TensorDataType.Int8, "128")]
    [InlineData(TensorDataType.Int8, "-129")]
    [InlineData(TensorDataType.UInt8, "-1")]
    [InlineData(TensorDataType.UInt16, "65536")]
    [InlineData(TensorDataType.Int64, "9223372036854775808")]
    [InlineData(TensorDataType.UInt64, "18446744073709551616")]
    [InlineData(TensorDataType.Int32, "1.5")]
    [InlineData(TensorDataType.Int32, "null")]
    [InlineData(TensorDataType.Int32, "\"1\"")]
    [InlineData(TensorDataType.Bool, "1")]
    [InlineData(TensorDataType.Bool, "null")]
    [InlineData(TensorDataType.Fp16, "70000")]
    [InlineData(TensorDataType.Bytes, "1")]
    [InlineData(TensorDataType.Bytes, "\"\\ud800\"")]
    public void Read_ValueThatTypeCannotHold_IsRefused(TensorDataType type, string json) =>
        Assert.Equal("field-invalid", Assert.Throws<RefusedException>(() => Read($$"""{"x":{{json}}}""", null, new TensorSpec("x", type, []))).Refusal.Code);

    [Theory]
    [InlineData(TensorDataType.Int8, "-128", "80")]
    [InlineData(TensorDataType.UInt64, "18446744073709551615", "ffffffffffffffff")]
    [InlineData(TensorDataType.Int64, "-9223372036854775808", "0000000000000080")]
    [InlineData(TensorDataType.Int32, "3.0", "03000000")]
    [InlineData(TensorDataType.Int16, "3e2", "2c01")]
    [InlineData(TensorDataType.Bool, "true", "01")]
    [InlineData(TensorDataType.Fp16, "1.5", "003e")]
    [InlineData(TensorDataType.Bytes, "true", "0400000074727565")]
    [InlineData(TensorDataType.Bytes, "null", "00000000")]
    [InlineData(TensorDataType.Bytes, "\"\\u00e9\"", "02000000c3a9")]
    public void Read_ValueOfType_IsPackedLittleEndian(TensorDataType type, string json, string hex) =>
        Assert.Equal(hex, Convert.ToHexStringLower(Read($$"""{"x":{{json}}}""", null, new TensorSpec("x", type, [])).Row));

    [Theory]
    [InlineData("[1,2,3,4]")]
    [InlineData("[[1,2],[3,4]]")]
    public void Read_ArrayFlatOrNested_IsPackedInOrder(string json) =>
        Assert.Equal("0102 0304".Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(Read($$"""{"x":{{json}}}""", null, new TensorSpec("x", TensorDataType.UInt8, [2, 2])).Row));

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[[1,2,3,4]]")]
    [InlineData("[[1,2],[3]]")]
    [InlineData("[[1],[2,3,4]]")]
    [InlineData("[1,[2,3,4]]")]
    [InlineData("[[[1,2],[3,4]]]")]
    [InlineData("[[1,2],3,4]")]
    [InlineData("[]")]
    [InlineData("4")]
    public void Read_ArrayOfOtherShape_IsRefused(string json) =>
        Assert.Equal("field-invalid", Assert.Throws<RefusedException>(() => Read($$"""{"x":{{json}}}""", null, new TensorSpec("x", TensorDataType.UInt8, [2, 2]))).Refusal.Code);

    [Theory]
    [InlineData("""{"x":1}""", "key-missing")]
    [InlineData("""{"x":1,"customer":null}""", "key-missing")]
    [InlineData("""{"x":1,"customer":""}""", "key-missing")]
    [InlineData("""{"x":1,"customer":[1]}""", "field-invalid")]
    public void Read_KeyFieldWithoutValue_IsRefused(string json, string code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => Read(json, "customer", new TensorSpec("x", TensorDataType.Fp32, [1]))).Refusal.Code);

    [Fact]
    public void Read_KeyFieldThatIsAnInput_IsBoth()
    {
        var (row, unit) = Read("""{"x":42}""", "x", new TensorSpec("x", TensorDataType.Fp32, [1]));

        Assert.Equal(("42", 42f), (unit, BitConverter.ToSingle(row)));
    }

    [Fact]
    public void Read_300Fields_AllFound()
    {
        var inputs = Enumerable.Range(0, 300).Select(i => new TensorSpec($"f{i}", TensorDataType.UInt16, [])).ToArray();
        var json = $"{{{string.Join(',', inputs.Reverse().Select((input, i) => $"\"{input.Name}\":{299 - i}"))}}}";

        var (row, _) = Read(json, null, inputs);

        Assert.Equal(Enumerable.Range(0, 300), Enumerable.Range(0, 300).Select(i => (int)BitConverter.ToUInt16(row, i * 2)));
    }

    private static (byte[] Row, string? Unit) Read(string json, string? keyField, params TensorSpec[] inputs)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(body);
        reader.Read();
        var row = new ByteBuffer(1);
        var unit = new FeatureRowReader(inputs.Length > 0 ? inputs : Inputs, keyField).Read(ref reader, body, row);
        Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
        return (row.Span.ToArray(), unit);
    }

    private static string RandomObject(Random random)
    {
        var members = new List<string>
        {
            Member(random, "age", random.Next(5) == 0 ? "null" : Number(random)),
            Member(random, "plan é", random.Next(5) switch { 0 => "null", 1 => "true", _ => Text(random) }),
            Member(random, "visits", random.NextInt64(long.MinValue, long.MaxValue).ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Member(random, "spend", Number(random)),
            Member(random, "image", random.Next(2) == 0 ? $"[{Number(random)}, {Number(random)},{Number(random)},{Number(random)}]" : $"[[{Number(random)},{Number(random)}],[{Number(random)}, {Number(random)}]]"),
            Member(random, "customer", random.Next(2) == 0 ? $"{random.Next()}" : $"\"C{random.Next()}\\u00fc\""),
        };
        var shuffled = members.ToArray();
        random.Shuffle(shuffled);
        return $"{Space(random)}{{{string.Join(',', shuffled)}{Space(random)}}}";
    }

    private static string Member(Random random, string name, string value)
    {
        var quoted = random.Next(2) == 0 ? JsonSerializer.Serialize(name) : $"\"{string.Concat(name.Select(c => random.Next(2) == 0 ? $"\\u{(int)c:x4}" : $"{c}"))}\"";
        return $"{Space(random)}{quoted}{Space(random)}:{Space(random)}{value}{Space(random)}";
    }

    private static string Number(Random random) => random.Next(3) switch
    {
        0 => random.Next(-1000, 1000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        1 => (random.NextDouble() * 1000).ToString("F2", System.Globalization.CultureInfo.InvariantCulture),
        _ => (random.NextDouble() * Math.Pow(10, random.Next(-20, 20))).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string Text(Random random)
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => random.Next(6) switch { 0 => "\"", 1 => "\\", 2 => "\n", 3 => "é", 4 => "😀", _ => "a" }));
        return JsonSerializer.Serialize(text, random.Next(2) == 0 ? JsonSerializerOptions.Default : Relaxed);
    }

    private static string Space(Random random) => random.Next(4) switch { 0 => " ", 1 => "\n\t", _ => "" };

    private static byte[] Expected(JsonElement json)
    {
        var row = new ByteBuffer();
        var age = json.GetProperty("age");
        BinaryPrimitives.WriteSingleLittleEndian(row.Append(4), age.ValueKind == JsonValueKind.Null ? float.NaN : age.GetSingle());
        var plan = json.GetProperty("plan é");
        var text = Encoding.UTF8.GetBytes(plan.ValueKind switch { JsonValueKind.Null => "", JsonValueKind.True => "true", _ => plan.GetString()! });
        BinaryPrimitives.WriteInt32LittleEndian(row.Append(4), text.Length);
        row.Append(text);
        BinaryPrimitives.WriteInt64LittleEndian(row.Append(8), json.GetProperty("visits").GetInt64());
        BinaryPrimitives.WriteDoubleLittleEndian(row.Append(8), json.GetProperty("spend").GetDouble());
        foreach (var value in json.GetProperty("image").EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray()] : new[] { item }))
        {
            BinaryPrimitives.WriteSingleLittleEndian(row.Append(4), value.GetSingle());
        }

        return row.Span.ToArray();
    }
}
