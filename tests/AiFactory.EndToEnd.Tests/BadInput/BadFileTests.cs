using System.Net;
using System.Text;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadFileTests(SharedFactory factory)
{
    private const string GoodLine = "C0000001,gold,no,120,3,12.5,no";

    [Fact]
    public async Task Ingest_UnterminatedQuote_IsRefusedWithTheLine()
    {
        var complaint = await Refused("quote", Encoding.UTF8.GetBytes($"{Customers.Header}\n{GoodLine}\nC0000002,\"gold,no,120,3,12.5,no\nC0000003,gold,no,1,3,12.5,no\n"));
        complaint.ExpectCode("quote-unterminated").ExpectMention("line 3");
    }

    [Fact]
    public async Task Ingest_Utf16_IsRefusedWithTheEncodingToUse()
    {
        var complaint = await Refused("utf16", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes($"{Customers.Header}\n{GoodLine}\n")]);
        complaint.ExpectCode("encoding-invalid").ExpectMention("UTF-8");
    }

    [Fact]
    public async Task Ingest_InvalidUtf8_IsRefusedWithTheEncodingToUse()
    {
        var bytes = Encoding.UTF8.GetBytes($"{Customers.Header}\n{GoodLine}\n");
        bytes[Customers.Header.Length + 12] = 0xFF;
        var complaint = await Refused("latin1", bytes);
        complaint.ExpectCode("encoding-invalid").ExpectMention("UTF-8");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("   ")]
    public async Task Ingest_EmptyFile_IsRefused(string text)
    {
        var complaint = await Refused("void", Encoding.UTF8.GetBytes(text));
        Assert.NotEmpty(complaint.Mend);
    }

    [Fact]
    public async Task Ingest_HeaderOnly_IsRefusedForTooFewRows()
    {
        var complaint = await Refused("headonly", Customers.Csv(Array.Empty<string>()), Customers.Contract);
        Assert.NotEmpty(complaint.ExpectCode("too-few-rows").Mend);
    }

    [Fact]
    public async Task Ingest_HeaderOfAMillionColumns_IsRefusedForItsColumns()
    {
        var header = string.Join(',', Enumerable.Range(0, 1_000_000).Select(column => $"c{column}"));
        var values = string.Join(',', Enumerable.Repeat('1', 1_000_000));
        var complaint = await Refused("wide", Encoding.UTF8.GetBytes($"{header}\n{values}\n"));
        complaint.ExpectCode("too-many-columns", "header-too-long").ExpectMention("column");
    }

    [Fact]
    public async Task Ingest_DuplicateColumnNames_IsRefusedWithTheName()
    {
        var complaint = await Refused("twins", "alpha,beta,alpha\n1,2,3\n"u8.ToArray());
        complaint.ExpectCode("header-duplicate").ExpectMention("alpha");
    }

    [Fact]
    public async Task Ingest_MostRowsAgainstTheContract_IsRefusedWhole()
    {
        var lines = Enumerable.Range(1, 20).Select(row => $"C{row:D7},gold,perhaps,120,3,12.5,no");
        var complaint = await Refused("offenders", Customers.Csv(lines), Customers.Contract);
        Assert.NotEmpty(complaint.ExpectCode("too-many-bad-rows").Mend);
    }

    [Fact]
    public async Task Ingest_ColumnOfTheContractMissing_IsRefusedWithItsName()
    {
        var complaint = await Refused("narrow", "customer_id,plan\nC1,gold\n"u8.ToArray(), Customers.Contract);
        complaint.ExpectCode("header-mismatch").ExpectMention("international");
    }

    [Fact]
    public async Task Ingest_RowsOfWrongLength_GoToQuarantineWhole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var good = Customers.Make(30, seed: 8).Select(customer => customer.Line).ToArray();
        var version = await factory.Http.Ingest("ragged", Customers.Csv([.. good, "short,row"]), cancellation, Customers.Contract);
        Assert.Equal((30, 1), (version.Long("rows"), version.Long("quarantinedRows")));
        var row = (await factory.Http.Get("/v1/datasets/ragged/versions/1/quarantine", cancellation)).ExpectSuccess().Json.EnumerateArray().Single();
        Assert.Equal((31, "wrong-field-count", "short,row"), (row.Long("row"), row.Text("reason"), row.Text("line")));
    }

    [Fact]
    public async Task Ingest_BreakingSchemaChange_IsRefusedAndTheOldVersionStays()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await factory.Http.Ingest("steady", Customers.Csv(Customers.Make(30, seed: 9)), cancellation, Customers.Contract);
        var changed = Customers.Contract.Replace("- name: charge\n        logicalType: number", "- name: charge\n        logicalType: boolean", StringComparison.Ordinal);
        Assert.NotEqual(Customers.Contract, changed);
        var flipped = Customers.Csv(Customers.Make(30, seed: 9).Select(customer => customer.Line.Replace($",{customer.Charge:R},", ",true,", StringComparison.Ordinal)));
        var complaint = await factory.Http.IngestInVain("steady", flipped, cancellation, changed);
        complaint.ExpectCode("schema-change-breaking").ExpectMention("charge");
        var dataset = (await factory.Http.Get("/v1/datasets/steady", cancellation)).ExpectSuccess().Json;
        Assert.Single(dataset.Items("versions"));
    }

    [Theory]
    [InlineData("kind: [unclosed")]
    [InlineData("just words")]
    [InlineData("kind: DataContract\nname: x\n")]
    public async Task Ingest_ContractThatIsNone_IsRefused(string contract)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var complaint = await factory.Http.IngestInVain("nocontract", Customers.Csv(Customers.Make(30, seed: 8)), cancellation, contract);
        Assert.NotEmpty(complaint.ExpectCode("contract-malformed").Mend);
        await factory.AssertUnharmed(cancellation);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("..%2Fescape")]
    [InlineData("a b")]
    public async Task Ingest_NameThatIsNone_IsRefused(string name)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var path = $"/v1/datasets/{(name.Contains('%', StringComparison.Ordinal) ? name : Uri.EscapeDataString(name))}/ingestions?fileName=x.csv";
        var answer = await factory.Http.PostBytes(path, Customers.Csv([GoodLine]), "text/csv", cancellation);
        answer.ExpectProblem(HttpStatusCode.BadRequest, "name-invalid");
        await factory.AssertUnharmed(cancellation);
    }

    private async Task<Complaint> Refused(string dataset, byte[] csv, string? contract = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var complaint = await factory.Http.IngestInVain(dataset, csv, cancellation, contract);
        var after = await factory.Http.Get($"/v1/datasets/{dataset}/versions/latest", cancellation);
        after.ExpectProblem(HttpStatusCode.NotFound);
        await factory.AssertUnharmed(cancellation);
        return complaint;
    }
}
