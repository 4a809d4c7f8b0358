using AiFactory.Domain.Finance;
using Microsoft.Data.Sqlite;

namespace AiFactory.Projections.Storage;

/// <summary>
/// Money in two INTEGER columns, <c>high * 2^32 + low</c> with 0 &lt;= low &lt; 2^32, so that <c>SUM(high)</c> and <c>SUM(low)</c> are exact over
/// two thousand million rows. Holds up to 2^95 picodollars, 3.9e16 USD.
/// </summary>
internal static class Amount
{
    private const int LowBits = 32;

    public static long High(Picodollars amount) => checked((long)(amount.Value >> LowBits));

    public static long Low(Picodollars amount) => (long)(amount.Value & uint.MaxValue);

    public static Picodollars Read(SqliteDataReader row, int column) => new(((Int128)row.GetInt64(column) << LowBits) + row.GetInt64(column + 1));
}
