using AiFactory.Cli.Csv;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Tests.Csv;

public sealed class CsvTests
{
    [Fact]
    public void Read_QuotedFields_KeepCommasQuotesAndLineEnds()
    {
        var records = CsvReader.Read(new StringReader("a,b\r\n\"x,\"\"y\"\"\",\"1\n2\"\n,\n")).ToArray();
        Assert.Equal([["a", "b"], ["x,\"y\"", "1\n2"], ["", ""]], records);
    }

    [Fact]
    public void Read_NoLineEndAtTheEnd_KeepsTheLastRecord() =>
        Assert.Equal([["a", "b"], ["1", ""]], CsvReader.Read(new StringReader("a,b\n\n1,")).ToArray());

    [Fact]
    public void Read_QuoteWithoutEnd_IsRefusedWithItsLine()
    {
        var refused = Assert.Throws<RefusedException>(() => CsvReader.Read(new StringReader("a\n1\n\"x\n")).ToArray());
        Assert.Equal(("csv-malformed", "line 3"), (refused.Refusal.Code, refused.Refusal.Where));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,a\n1,2\n")]
    [InlineData("a,b\n1\n")]
    public void Table_NoHeadingTwiceOneOrRaggedRow_IsRefused(string text)
    {
        var refused = Assert.Throws<RefusedException>(() => CsvTable.Read(new StringReader(text), "rows.csv"));
        Assert.Equal("csv-malformed", refused.Refusal.Code);
    }

    [Fact]
    public void Line_AnyFields_ReadsBackTheSame()
    {
        string[] fields = ["plain", "a,b", "say \"x\"", "two\nlines", ""];
        Assert.Equal(fields, CsvReader.Read(new StringReader(CsvWriter.Line(fields) + "\n")).Single());
    }
}
