using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using YamlDotNet.Serialization;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>
/// A <see cref="DataContract"/> as a document of the Open Data Contract Standard v3.1.0 (bitol-io/open-data-contract-standard). Columns are
/// <c>schema[0].properties</c>; ranges <c>logicalTypeOptions</c>; allowed values the quality metric <c>invalidValues</c> with
/// <c>validValues</c>; row counts the metric <c>rowCount</c>; freshness an SLA property; and the share of bad rows, for which the
/// standard has no name, the custom property <c>quarantinedFractionMax</c>. Parts of a document that say nothing about these are passed over.
/// </summary>
public static class OdcsDocument
{
    /// <summary>Reads YAML or JSON.</summary>
    /// <returns>The contract, or <c>contract-malformed</c> for what is no such document, or <c>contract-invalid</c> for a document whose
    /// contract contradicts itself; both name the place.</returns>
    public static Ruling<DataContract> Parse(string text)
    {
        try
        {
            return ContractRules.Check(OdcsReader.Read(OdcsNode.Parse(text)));
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
    }

    /// <summary>YAML that <see cref="Parse"/> reads back as the same contract.</summary>
    public static string ToYaml(DataContract contract) =>
        new SerializerBuilder().WithQuotingNecessaryStrings().DisableAliases().Build().Serialize(OdcsWriter.Write(contract));

    /// <summary>JSON that <see cref="Parse"/> reads back as the same contract.</summary>
    public static string ToJson(DataContract contract) => System.Text.Json.JsonSerializer.Serialize(OdcsWriter.Write(contract), FactoryJson.Indented);
}
