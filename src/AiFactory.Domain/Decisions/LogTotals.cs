using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Decisions;

/// <summary>All totals of one log as its owner published them, so that they count while it does not answer.</summary>
/// <param name="Format">Of what is kept; see <see cref="CurrentFormat"/>.</param>
/// <param name="Generation">Grows by one when a log is found shorter than its totals reach: later ones are those of another history.</param>
/// <param name="Position">Address before which every record is in the ledger's totals.</param>
/// <param name="FiguresPosition">The same of the experiments' figures.</param>
/// <param name="Bill">Of the log's devices, over the intervals metered so far.</param>
/// <param name="Charged">What the ledger charged against that bill.</param>
/// <param name="Abroad">See <see cref="LedgerShare.Abroad"/>.</param>
public sealed record LogTotals(
    int Format,
    string Log,
    long Generation,
    long Position,
    long FiguresPosition,
    DateTimeOffset At,
    IReadOnlyList<TenantTotals> Tenants,
    Picodollars Bill,
    Picodollars Charged,
    IReadOnlyDictionary<string, Picodollars> Abroad)
{
    public const int CurrentFormat = 1;

    /// <summary>What a live log would say of a tenant's accounts.</summary>
    public LedgerShare Ledger(string tenant) => new(Position, Of(tenant).Accounts, tenant == Tenant.Default ? Abroad : LedgerShare.Nothing);

    /// <summary>What a live log would say of an endpoint's variants.</summary>
    public FiguresShare Figures(string tenant, string endpoint) => new(
        FiguresPosition, Of(tenant).Endpoints.FirstOrDefault(totals => totals.Endpoint == endpoint)?.Variants ?? []);

    /// <summary>What a live log would say of its books, but for the single entries.</summary>
    public ReconciliationShare Reconciliation(string tenant)
    {
        var (totals, operatorSees) = (Of(tenant), tenant == Tenant.Default);
        return new(Position, totals.Accounts, Entries: null, totals.Decisions, totals.Cost, operatorSees ? Bill : Picodollars.Zero, operatorSees ? Charged : Picodollars.Zero);
    }

    private TenantTotals Of(string tenant) => Tenants.FirstOrDefault(totals => totals.Tenant == tenant) ?? new(tenant, [], 0, Picodollars.Zero, []);
}

/// <summary>A tenant's totals of one log.</summary>
/// <param name="Accounts">Running balances, devices included.</param>
/// <param name="Decisions">Decision records in the log, counted apart from the ledger.</param>
/// <param name="Cost">Their cost.</param>
public sealed record TenantTotals(
    string Tenant, IReadOnlyList<StatementLine> Accounts, long Decisions, Picodollars Cost, IReadOnlyList<EndpointTotals> Endpoints);

public sealed record EndpointTotals(string Endpoint, IReadOnlyList<VariantFigures> Variants);
