using System.Text;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Csv;
using CsCheck;

namespace AiFactory.Lakehouse.Tests.Csv;

public sealed class CsvScannerTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", "a|b;1|2")]
    [InlineData("a,b\r\n1,2\r\n", "a|b;1|2")]
    [InlineData("a,b\n1,2", "a|b;1|2")]
    [InlineData("a,b\n,\n", "a|b;|")]
    [InlineData("a,b\n\n\r\n1,2\n", "a|b;1|2")]
    [InlineData("\"a\",\"b,c\"\n\"say \"\"hi\"\"\",\"two\nlines\"\n", "a|b,c;say \"hi\"|two\nlines")]
    [InlineData("\"\",\"\"\"\"\n", "|\"")]
    [InlineData("a\"b,c\"\n", "a\"b|c\"")]
    [InlineData("x,\"y\"", "x|y")]
    [InlineData("\uFEFFa,b\n", "a|b")]
    public void Read_Records_AreSplitAsRfc4180Says(string csv, string expected) => Assert.Equal(expected, string.Join(';', Records(csv)));

    [Fact]
    public void Read_WrittenRecords_ComeBack() =>
        Gen.String[Gen.Char["ab,\"\n\r é☃"], 0, 40].Array[2, 5].Array[1, 40].Sample(records =>
        {
            var csv = string.Concat(records.Select(fields => string.Join(',', fields.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\n"));
            return Records(csv, readBytes: 7).SequenceEqual(records.Select(fields => string.Join('|', fields)));
        });

    [Fact]
    public void Read_RecordsLongerThanTheBuffer_AreWhole()
    {
        var field = new string('x', 700_000);
        Assert.Equal([$"{field}|1", $"{field}|2"], Records($"{field},1\n{field},2\n", headerBytesMax: 1 << 20));
    }

    [Fact]
    public void Line_BadRow_IsAsReceived()
    {
        var csv = Scanner("h\n\"a\nb\",c\r\nnext\n");
        Assert.True(csv.Read() && csv.Read());
        Assert.Equal("\"a\nb\",c", Encoding.UTF8.GetString(csv.Line));
        Assert.True(csv.Read());
        Assert.Equal(4, csv.LineNumber);
    }

    [Fact]
    public void Read_TextBehindAClosingQuote_IsMarked()
    {
        var csv = Scanner("a,b\n\"x\"y,z\n\"x\",z\n");
        Assert.True(csv.Read() && csv.Read() && csv.HasStrayQuote);
        Assert.True(csv.Read() && !csv.HasStrayQuote);
    }

    [Fact]
    public void Read_OneColumn_KeepsEmptyLinesWhenAsked()
    {
        var csv = Scanner("a\n\n1\n");
        Assert.True(csv.Read());
        csv.SkipsBlankLines = false;
        Assert.True(csv.Read() && csv.Line.IsEmpty && csv.FieldCount == 1);
    }

    [Theory]
    [InlineData("a,b\n1,\"open\n2,3\n", "quote-unterminated", "line 2")]
    [InlineData("a,b\n1,\"closed\n\",\"open\n", "quote-unterminated", "line 3")]
    public void Read_MalformedFile_IsRefusedWithThePlace(string csv, string code, string where)
    {
        var refusal = Assert.Throws<RefusedException>(() => Records(csv)).Refusal;
        Assert.Equal((code, where), (refusal.Code, refusal.Where));
    }

    [Fact]
    public void Read_InvalidUtf8_IsRefusedWithLineAndByte()
    {
        byte[] csv = [.. "a,b\n1,2\n3,\""u8, .. "x\n"u8, 0xFF, .. "\"\n"u8];
        var scanner = new CsvScanner(new MemoryStream(csv), 100, 100);
        var refusal = Assert.Throws<RefusedException>(() => { while (scanner.Read()) { } }).Refusal;
        Assert.Equal(("encoding-invalid", "line 4, byte offset 13"), (refusal.Code, refusal.Where));
    }

    [Theory]
    [InlineData(0xFF, 0xFE)]
    [InlineData(0xFE, 0xFF)]
    public void Read_Utf16_IsNamed(byte first, byte second)
    {
        var refusal = Assert.Throws<RefusedException>(() => new CsvScanner(new MemoryStream([first, second, (byte)'a', 0]), 100, 100).Read()).Refusal;
        Assert.Equal("encoding-invalid", refusal.Code);
        Assert.Contains("UTF-16", refusal.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LineOverTheLimit_IsRefused() =>
        Assert.Equal("line-too-long", Assert.Throws<RefusedException>(() => Records("a,b\n1," + new string('x', 200) + "\n", lineBytesMax: 100)).Refusal.Code);

    [Fact]
    public void Read_EndlessLine_IsRefusedBeforeItIsHeld()
    {
        var endless = new EndlessStream();
        var refusal = Assert.Throws<RefusedException>(() => new CsvScanner(endless, 64 * 1024, 64 * 1024).Read()).Refusal;
        Assert.Equal("header-too-long", refusal.Code);
        Assert.InRange(endless.BytesRead, 1, 2 * 1024 * 1024);
    }

    private static List<string> Records(string csv, int readBytes = int.MaxValue, int headerBytesMax = 1000, int lineBytesMax = 1 << 20)
    {
        var scanner = new CsvScanner(new SlowStream(Encoding.UTF8.GetBytes(csv), readBytes), Math.Max(headerBytesMax, 1 << 12), lineBytesMax);
        List<string> records = [];
        while (scanner.Read()) records.Add(string.Join('|', Fields(scanner)));
        return records;
    }

    private static IEnumerable<string> Fields(CsvScanner csv) => Enumerable.Range(0, csv.FieldCount).Select(i => Encoding.UTF8.GetString(csv.Field(i)));

    private static CsvScanner Scanner(string csv) => new(new MemoryStream(Encoding.UTF8.GetBytes(csv)), 1000, 1000);

    /// <summary>Gives a few bytes a call, so that every state meets the end of the buffer.</summary>
    private sealed class SlowStream(byte[] bytes, int readBytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, readBytes));
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            BytesRead += count;
            return count;
        }
    }
}
