using System.Globalization;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Experiments;

namespace AiFactory.Cli.Endpoints;

/// <summary>An economy as users write it: four amounts in USD, <c>TP,FP,TN,FN</c>, e.g. <c>110,-10,0,0</c>.</summary>
internal static class EconomyArgument
{
    /// <exception cref="UsageException">It is written otherwise.</exception>
    public static DecisionEconomy Parse(string text)
    {
        var parts = text.Split(',');
        var amounts = new decimal[4];
        for (var i = 0; i < amounts.Length; i++)
        {
            if (parts.Length != amounts.Length || !decimal.TryParse(parts[i], NumberStyles.Number, CultureInfo.InvariantCulture, out amounts[i]))
            {
                throw new UsageException($"'{text}' is not an economy.", "--economy", "Write four amounts in USD, TP,FP,TN,FN, e.g. --economy=110,-10,0,0.");
            }
        }

        return new DecisionEconomy(amounts[0], amounts[1], amounts[2], amounts[3]);
    }
}
