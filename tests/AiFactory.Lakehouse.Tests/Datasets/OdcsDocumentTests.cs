using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Datasets;
using CsCheck;

namespace AiFactory.Lakehouse.Tests.Datasets;

public sealed class OdcsDocumentTests
{
    private static readonly DataContract Contract = new("people", "1.10",
    [
        new("id", ColumnType.Integer, Required: true, Unique: true, Description: "who: \"they\" are"),
        new("weight", ColumnType.Number, Minimum: 0.1, Maximum: 1e300),
        new("yes: no", ColumnType.String, AllowedValues: ["yes", "no", "1", "null", "a: b", "- x", "été"]),
        new("at", ColumnType.Timestamp),
        new("flag", ColumnType.Boolean, Required: true),
    ], RowsMin: 3, RowsMax: 1000, AgeMax: TimeSpan.FromHours(36), QuarantinedFractionMax: 0.05);

    private const string Minimal = """
        kind: DataContract
        apiVersion: v3.1.0
        id: x
        version: 1.0
        status: draft
        name: people
        schema:
        - name: t
          properties:
          - name: id
            logicalType: integer
            primaryKey: true
        """;

    [Fact]
    public void Parse_WrittenYaml_IsTheSameContract() => AssertSame(Contract, OdcsDocument.Parse(OdcsDocument.ToYaml(Contract)).OrThrow());

    [Fact]
    public void Parse_WrittenJson_IsTheSameContract() => AssertSame(Contract, OdcsDocument.Parse(OdcsDocument.ToJson(Contract)).OrThrow());

    [Fact]
    public void Parse_JsonIndentedByTabs_IsRead() => AssertSame(Contract, OdcsDocument.Parse(OdcsDocument.ToJson(Contract).Replace("  ", "\t", StringComparison.Ordinal)).OrThrow());

    [Fact]
    public void ToYaml_Contract_HasTheStandardsShape()
    {
        var yaml = OdcsDocument.ToYaml(Contract);
        Assert.StartsWith("apiVersion: v3.1.0\nkind: DataContract\n", yaml.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        foreach (var part in new[] { "logicalType: integer", "logicalTypeOptions:", "metric: rowCount", "metric: invalidValues", "validValues:", "property: freshness" })
            Assert.Contains(part, yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_MinimalDocument_TakesTheDefaults()
    {
        var contract = OdcsDocument.Parse(Minimal).OrThrow();
        AssertSame(new DataContract("people", "1.0", [new("id", ColumnType.Integer, Required: true, Unique: true)]), contract);
    }

    [Theory]
    [InlineData("    quality: [{metric: rowCount, mustBeBetween: [2, 9]}]", 2, 9L)]
    [InlineData("    quality: [{type: library, rule: rowCount, mustBeGreaterThan: 4}, {metric: rowCount, mustBeLessThan: 8}]", 5, 7L)]
    [InlineData("    quality: [{metric: rowCount, mustBe: 6}, {type: text, description: fine}]", 6, 6L)]
    public void Parse_RowCountOperators_AreUnderstood(string quality, long fewest, long most)
    {
        var contract = OdcsDocument.Parse(Minimal.Replace("  properties:", quality.TrimEnd()[2..] + "\n  properties:", StringComparison.Ordinal)).OrThrow();
        Assert.Equal((fewest, (long?)most), (contract.RowsMin, contract.RowsMax));
    }

    [Theory]
    [InlineData("", "", "line 1")]
    [InlineData("logicalType: integer", "logicalType: decimal", "schema[0].properties[0].logicalType, line 11")]
    [InlineData("    logicalType: integer\n", "", "schema[0].properties[0]")]
    [InlineData("primaryKey: true", "required: maybe", "schema[0].properties[0].required")]
    [InlineData("primaryKey: true", "logicalTypeOptions: {minimum: low}", "schema[0].properties[0].logicalTypeOptions.minimum")]
    [InlineData("primaryKey: true", "logicalTypeOptions: 3", "schema[0].properties[0].logicalTypeOptions")]
    [InlineData("kind: DataContract", "kind: Model", "kind, line 1")]
    [InlineData("apiVersion: v3.1.0", "apiVersion: v2.2.2", "apiVersion, line 2")]
    [InlineData("- name: t\n", "- [\n", "line")]
    [InlineData("name: people", "name: [people", "line")]
    public void Parse_MalformedDocument_NamesThePlace(string from, string to, string where)
    {
        var text = from.Length == 0 ? "" : Minimal.ReplaceLineEndings("\n").Replace(from, to, StringComparison.Ordinal);
        var refusal = OdcsDocument.Parse(text).Refusal;
        Assert.Equal(("contract-malformed", RefusalKind.Malformed), (refusal?.Code, refusal!.Kind));
        if (from.Length > 0) Assert.StartsWith(where, refusal.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Parse_BottomlessDocument_IsRefused(string open) =>
        Assert.Equal("contract-malformed", OdcsDocument.Parse(string.Concat(Enumerable.Repeat(open, 100_000))).Refusal?.Code);

    [Fact]
    public void Parse_DamagedDocument_IsReadOrRefused() =>
        Gen.Select(Gen.Int[0, Minimal.Length - 1], Gen.Int[0, 5], Gen.String[Gen.Char["[]{}:-\n \"'&*!|>%@#,?x\t"], 0, 3]).Sample((at, length, put) =>
        {
            var damaged = Minimal[..at] + put + Minimal[Math.Min(Minimal.Length, at + length)..];
            var ruling = OdcsDocument.Parse(damaged);
            return ruling.Granted || ruling.Refusal.Code is "contract-malformed" or "contract-invalid";
        });

    [Fact]
    public void Parse_ContractThatContradictsItself_IsRefused() =>
        Assert.Equal("contract-invalid", OdcsDocument.Parse(Minimal + "\n    logicalTypeOptions: {minimum: 2, maximum: 1}\n").Refusal?.Code);

    private static void AssertSame(DataContract expected, DataContract actual) =>
        Assert.Equal(JsonSerializer.Serialize(expected, FactoryJson.Options), JsonSerializer.Serialize(actual, FactoryJson.Options));
}
