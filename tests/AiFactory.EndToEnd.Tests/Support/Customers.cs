using System.Globalization;
using System.Text;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>One made-up telecom customer. Those with many service calls or long days on an international plan tend to leave.</summary>
internal sealed record Customer(string Id, string Plan, string International, double? Minutes, int Calls, double Charge, string Churn)
{
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{Id},{Plan},{International},{Minutes},{Calls},{Charge},{Churn}");

    /// <summary>What a decision is asked with: everything but the label.</summary>
    public object Fields => new { customer_id = Id, plan = Plan, international = International, minutes = Minutes, calls = Calls, charge = Charge };
}

/// <summary>Small learnable data sets: about one customer in four leaves, and the features nearly say which.</summary>
internal static class Customers
{
    public const string Header = "customer_id,plan,international,minutes,calls,charge,churn";

    /// <summary>The contract of the made-up customers, as Open Data Contract Standard YAML.</summary>
    public const string Contract = """
        apiVersion: v3.1.0
        kind: DataContract
        id: customers
        name: customers
        version: 1.0.0
        status: active
        schema:
          - name: customers
            logicalType: object
            properties:
              - name: customer_id
                logicalType: string
                required: true
                unique: true
              - name: plan
                logicalType: string
                required: true
              - name: international
                logicalType: string
                required: true
                quality:
                  - metric: invalidValues
                    arguments:
                      validValues: ["yes", "no"]
                    mustBe: 0
              - name: minutes
                logicalType: number
                required: false
                logicalTypeOptions:
                  minimum: 0
                  maximum: 1000
              - name: calls
                logicalType: integer
                required: true
                logicalTypeOptions:
                  minimum: 0
                  maximum: 50
              - name: charge
                logicalType: number
                required: true
              - name: churn
                logicalType: string
                required: true
                quality:
                  - metric: invalidValues
                    arguments:
                      validValues: ["yes", "no"]
                    mustBe: 0
        """;

    private static readonly string[] Plans = ["basic", "family", "gold"];

    public static List<Customer> Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, count).Select(number => Next(number, random))];
    }

    public static byte[] Csv(IEnumerable<Customer> customers) => Csv(customers.Select(customer => customer.Line));

    public static byte[] Csv(IEnumerable<string> lines)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static Customer Next(int number, Random random)
    {
        var plan = Plans[random.Next(Plans.Length)];
        var international = random.NextDouble() < 0.3 ? "yes" : "no";
        double? minutes = random.NextDouble() < 0.03 ? null : Math.Round(random.NextDouble() * 400, 1);
        var calls = random.Next(0, 10);
        var charge = Math.Round((minutes ?? 200) * 0.17, 2);
        var leaning = (calls >= 7 ? 3.0 : -2.0) + (international == "yes" && minutes > 200 ? 4.0 : 0.0) - (plan == "gold" ? 1.0 : 0.0);
        var churn = random.NextDouble() < 1 / (1 + Math.Exp(-2 * leaning)) ? "yes" : "no";
        return new(string.Create(CultureInfo.InvariantCulture, $"C{number:D7}"), plan, international, minutes, calls, charge, churn);
    }
}
